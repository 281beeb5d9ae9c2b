/** The live sockets of a node, found by user, session and token. Knows nothing of how they live or end. */

import { shortHash } from "../crypto/short_hash.ts";
import type { User } from "../users/user.ts";
import type { UserId } from "../users/user_table.ts";
import { Groups } from "./groups.ts";
import { type AnySocket, basisOf } from "./socket.ts";

/** A socket from the moment that it is open until it was told to close, or has closed. */
export interface LiveSocket<Row extends object> {
  /** What the application sees. */
  readonly socket: AnySocket<Row>;
  /** When it opened, in milliseconds since the epoch. */
  readonly openedAt: number;
  /** Whether it was told to close: nothing of it is looked at any more. */
  readonly isClosing: boolean;
  /** Puts the user as known by now on the socket, and tells the application. */
  renew(user: User<Row>): void;
  /** Closes it. */
  end(code: number, reason: string): void;
}

/** The live sockets of a node. */
export class SocketRegistry<Row extends object> {
  readonly #all: Set<LiveSocket<Row>> = new Set();
  readonly #byUser: Groups<string, LiveSocket<Row>> = new Groups();
  // By the short hash, which is all that the feed tells of a session or a token.
  readonly #bySession: Groups<number, LiveSocket<Row>> = new Groups();
  readonly #byToken: Groups<number, LiveSocket<Row>> = new Groups();

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  /** Takes one up. */
  add(live: LiveSocket<Row>): void {
    this.#all.add(live);
    const { user } = live.socket;
    const basis = basisOf(live.socket);
    if (user !== null) this.#byUser.add(String(user.pk), live);
    if (basis?.sessionKey != null) this.#bySession.add(shortHash(basis.sessionKey), live);
    if (basis?.tokenId != null) this.#byToken.add(shortHash(basis.tokenId), live);
  }

  /** Gives one up. */
  delete(live: LiveSocket<Row>): void {
    if (!this.#all.delete(live)) return;
    const { user } = live.socket;
    const basis = basisOf(live.socket);
    if (user !== null) this.#byUser.delete(String(user.pk), live);
    if (basis?.sessionKey != null) this.#bySession.delete(shortHash(basis.sessionKey), live);
    if (basis?.tokenId != null) this.#byToken.delete(shortHash(basis.tokenId), live);
  }

  /** Finds one, if it is there, under whom and what it rests on after a change. */
  move(live: LiveSocket<Row>, change: () => void): void {
    const isHere = this.#all.has(live);
    this.delete(live);
    change();
    if (isHere) this.add(live);
  }

  /** All of them. */
  values(): IterableIterator<LiveSocket<Row>> {
    return this.#all.values();
  }

  /** Those of a user; the id in whatever form it has. */
  ofUser(id: UserId): LiveSocket<Row>[] {
    return this.#byUser.get(String(id));
  }

  /** Those that may rest on a session, by the short hash of its key. */
  ofSessionHash(hash: number): LiveSocket<Row>[] {
    return this.#bySession.get(hash);
  }

  /** Those that may rest on a token, by the short hash of its `jti`. */
  ofTokenHash(hash: number): LiveSocket<Row>[] {
    return this.#byToken.get(hash);
  }

  /** Those that rest on a session. */
  ofSession(sessionKey: string): LiveSocket<Row>[] {
    return this.ofSessionHash(shortHash(sessionKey))
      .filter((live) => basisOf(live.socket)?.sessionKey === sessionKey);
  }

  /** Those that rest on a token. */
  ofToken(tokenId: string): LiveSocket<Row>[] {
    return this.ofTokenHash(shortHash(tokenId)).filter((live) => basisOf(live.socket)?.tokenId === tokenId);
  }
}
