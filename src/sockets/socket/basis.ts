/** What a socket rests on, and how that is looked at again while the socket lives. */

import type { Identity } from "../../auth/identity/session_identity.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";

/** A login that a socket was opened with. */
export interface SocketBasis<Row extends object> {
  /** The session it is, or `null`. */
  readonly sessionKey: string | null;
  /** Its short hash, by which the feed names it, or `null`. */
  readonly sessionHash: number | null;
  /** The session as it was read when the socket opened; `undefined` where it was not read, `null` where there is none. */
  readonly stored: StoredSession | null | undefined;
  /** The `jti` of the token it is, or `null`. */
  readonly tokenId: string | null;
  /** Its short hash, or `null`. */
  readonly tokenHash: number | null;
  /** When it was issued, in milliseconds since the epoch; `null` where nothing says so. */
  readonly issuedAt: number | null;
  /** When it ends by itself as far as is known, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /**
   * Whom it names by now, or why nobody.
   *
   * @param known the user of the socket, who may come back where nothing has changed
   * @throws {DatabaseUnavailable} `database_unavailable`: then nothing is known, and nothing has ended
   */
  look(known: User<Row>): Promise<Identity<Row>>;
}
