/** A session that a socket rests on. */

import type { AuthCore } from "../../auth/core/core.ts";
import { identifySession, type Identity } from "../../auth/identity/session_identity.ts";
import { shortHash } from "../../crypto/short_hash.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";
import type { SocketBasis } from "./basis.ts";
import { keptData, payloadOf } from "./kept_data.ts";

/** The row of a session: it ends when the row does, and names whom the row names by then. */
export class SessionBasis<Row extends object> implements SocketBasis<Row> {
  readonly sessionKey: string;
  readonly sessionHash: number;
  readonly #core: AuthCore<Row>;
  #expiresAt: number;
  // Two fields, since an object for both would take more room than it spares.
  readonly #form: string | null;
  readonly #parts: string;
  readonly #mark: number | undefined;

  /**
   * @param expireDate when the session ends, as was just read
   * @param stored the session, where all of it was read
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
    const kept = stored === null ? null : keptData(stored.payload);
    this.#form = kept?.form ?? null;
    this.#parts = kept?.parts ?? "";
    this.#mark = stored?.mark;
  }

  /** Made anew for each who asks: most sockets are never asked. */
  get stored(): StoredSession | undefined {
    return this.#storedUntil(new Date(this.#expiresAt));
  }

  get tokenId(): null {
    return null;
  }

  get tokenHash(): null {
    return null;
  }

  /** No session says when its login was made. */
  get issuedAt(): null {
    return null;
  }

  /** `expire_date`, which every save of the session moves. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** Reads the row again, and the user it names. Look-ups that arrive together are one query. */
  look(known: User<Row>): Promise<Identity<Row>> {
    const asked = this.#core.sessions.load(this.sessionKey).then((stored) => this.#asKept(stored));
    return identifySession(asked, this.#core, known);
  }

  #asKept(stored: StoredSession | null): StoredSession | null {
    if (stored === null) return null;
    this.#expiresAt = stored.expireDate.getTime();
    // What was verified once and is the same still is not verified again. Whoever wrote other data with this mark would
    // have what was signed before believed, and nothing else.
    const isSame = stored.mark !== undefined && stored.mark === this.#mark;
    return isSame ? this.#storedUntil(stored.expireDate) ?? stored : stored;
  }

  #storedUntil(expireDate: Date): StoredSession | undefined {
    const form = this.#form;
    return form === null ? undefined : { payload: payloadOf({ form, parts: this.#parts }), expireDate };
  }
}
