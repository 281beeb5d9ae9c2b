/** What a socket rests on, and how that is rechecked while the socket lives. */

import type { Identity } from "../../auth/identity/identity.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";

/** The login or the visitor's session that a socket rests on. */
export interface SocketBasis<Row extends object> {
  /** The session key, or `null` for a token. */
  readonly sessionKey: string | null;
  /** Its short hash, by which the feed names a session, or `null`. */
  readonly sessionHash: number | null;
  /** The session as read when the socket opened; `undefined` if it was not read, `null` for a token. */
  readonly stored: StoredSession | null | undefined;
  /** The `jti` of the token, or `null`. */
  readonly tokenId: string | null;
  /** Its short hash, or `null`. */
  readonly tokenHash: number | null;
  /** When it was issued, in milliseconds since the epoch; `null` where that is not recorded. */
  readonly issuedAt: number | null;
  /** When it expires, as far as known, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /**
   * Returns the user that it names now, or why it names none.
   *
   * @param known the socket's user, who may be returned if nothing has changed
   * @throws {DatabaseUnavailable} `database_unavailable`: then nothing is known, and no login has ended
   */
  identify(known: User<Row>): Promise<Identity<Row>>;
}
