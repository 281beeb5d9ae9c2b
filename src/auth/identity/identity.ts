/** The result of identifying a user. How it is obtained is in the other files of this folder. */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";

/**
 * What Django would write at this point, and `finish` does later: flush a session with a wrong hash, or renew a hash
 * made with an older key.
 */
export type Upkeep = "end_session" | "renew_hash";

/** The user behind a login, and what the login rests on. */
export interface Identified<Row extends object> {
  readonly user: User<Row>;
  readonly refusal: null;
  readonly upkeep: Upkeep | null;
  /** The token of the login; not set for a session. */
  readonly token?: Token | undefined;
  /** The session of the login, as it was read; not set for a token, and if it was not read. */
  readonly stored?: StoredSession | undefined;
  /** When the session expires, if it was found in the identity cache and not read. */
  readonly knownUntil?: Date | undefined;
  readonly body?: undefined;
}

/** Why there is no user. */
export interface Refused {
  readonly user: null;
  readonly refusal: NotAuthenticatedCode;
  readonly upkeep: "end_session" | null;
  /** simplejwt's response body, if a token was refused. */
  readonly body?: RefusalBody | undefined;
  readonly token?: undefined;
  readonly stored?: undefined;
  readonly knownUntil?: undefined;
}

/** The user behind a login, or why there is none. */
export type Identity<Row extends object> = Identified<Row> | Refused;

/** The JSON body of simplejwt's response to a refused token. */
export type RefusalBody = Readonly<Record<string, unknown>>;

/** Returns an identity without a user. */
export function nobody(refusal: NotAuthenticatedCode, upkeep: Refused["upkeep"] = null): Refused {
  return { user: null, refusal, upkeep };
}

/** Returns an identity without a user, with simplejwt's response body. */
export function refusedIdentity(refusal: NotAuthenticatedCode, body: RefusalBody): Refused {
  return { ...nobody(refusal), body };
}
