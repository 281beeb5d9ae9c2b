/** The session that a socket rests on. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { Identity } from "../../auth/identity/identity.ts";
import { identifySession } from "../../auth/identity/session_identity.ts";
import { shortHash } from "../../crypto/short_hash.ts";
import type { CompactData } from "../../session/compact_data.ts";
import { compactOf, fromCompact } from "../../session/payload.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";
import type { SocketBasis } from "./basis.ts";

/** The row of a session: the basis ends with the row, and names the user that the row names. */
export class SessionBasis<Row extends object> implements SocketBasis<Row> {
  readonly sessionKey: string;
  readonly sessionHash: number;
  readonly #core: AuthCore<Row>;
  #expiresAt: number;
  /** Shared by the sockets of a returning visitor. */
  readonly #compact: CompactData | null;
  readonly #fingerprint: number | undefined;

  /**
   * @param expireDate when the session expires, as just read
   * @param stored the session, if it was read as a whole
   */
  constructor(
    core: AuthCore<Row>,
    sessionKey: string,
    expireDate: Date,
    stored: StoredSession | null = null,
  ) {
    this.#core = core;
    this.sessionKey = sessionKey;
    this.sessionHash = shortHash(sessionKey);
    this.#expiresAt = expireDate.getTime();
    this.#compact = stored === null ? null : compactOf(stored.payload);
    this.#fingerprint = stored?.fingerprint;
  }

  /** Restored on each access: it is rarely needed. */
  get stored(): StoredSession | undefined {
    return this.#storedUntil(new Date(this.#expiresAt));
  }

  get tokenId(): null {
    return null;
  }

  get tokenHash(): null {
    return null;
  }

  /** A session does not record when its login was made. */
  get issuedAt(): null {
    return null;
  }

  /** `expire_date`, which every save of the session postpones. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** Reads the row and its user again. Concurrent look-ups are batched into one query. */
  identify(known: User<Row>): Promise<Identity<Row>> {
    const asked = this.#core.sessions.load(this.sessionKey).then((stored) => this.#asKept(stored));
    return identifySession(asked, this.#core, { known });
  }

  #asKept(stored: StoredSession | null): StoredSession | null {
    if (stored === null) return null;
    this.#expiresAt = stored.expireDate.getTime();
    // Data verified once is not verified again while its fingerprint is the same. Forged data with the same one would be
    // ignored: the data verified before is used instead.
    const isSame = stored.fingerprint !== undefined && stored.fingerprint === this.#fingerprint;
    return isSame ? this.#storedUntil(stored.expireDate) ?? stored : stored;
  }

  #storedUntil(expireDate: Date): StoredSession | undefined {
    return this.#compact === null ? undefined : { payload: fromCompact(this.#compact), expireDate };
  }
}
