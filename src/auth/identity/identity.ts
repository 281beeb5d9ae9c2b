/** The result of identifying a user. How it is obtained is in the other files of this folder. */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";

/** The user behind a login, or why there is none. */
export interface Identity<Row extends object> {
  readonly user: User<Row> | null;
  /** Why there is no user. */
  readonly refusal: NotAuthenticatedCode | null;
  /**
   * What Django would write at this point, and `finish` does later: flush a session with a wrong hash, or renew a hash
   * made with an older key.
   */
  readonly upkeep: "end_session" | "renew_hash" | null;
  /** The token of the login; not set for a session. */
  readonly token?: Token | undefined;
  /** The session of the login, as it was read; not set for a token, and if it was not read. */
  readonly stored?: StoredSession | undefined;
  /** When the session expires, if it was found in the identity cache and not read. */
  readonly knownUntil?: Date | undefined;
  /** simplejwt's response body, if a token was refused. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

/** The JSON body of simplejwt's response to a refused token. */
export type RefusalBody = Readonly<Record<string, unknown>>;

/** Returns an identity without a user. */
export function nobody<Row extends object>(
  refusal: NotAuthenticatedCode,
  upkeep: "end_session" | null = null,
): Identity<Row> {
  return { user: null, refusal, upkeep };
}

/** Returns an identity without a user, with simplejwt's response body. */
export function refusedIdentity<Row extends object>(
  code: NotAuthenticatedCode,
  body: RefusalBody,
): Identity<Row> {
  return { user: null, refusal: code, upkeep: null, body };
}
