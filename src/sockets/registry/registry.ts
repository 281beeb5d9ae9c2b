/** The live sockets of a node, indexed by user, session and token. Their life cycle is handled elsewhere. */

import { shortHash } from "../../crypto/short_hash.ts";
import { NumberMap } from "../../internal/number_map.ts";
import type { User } from "../../users/user.ts";
import type { UserId } from "../../users/user_table.ts";
import { Groups } from "../../internal/groups.ts";
import { type AnySocket, socketInternals } from "../socket/socket.ts";
import { type UserKey, userKey, UserMap } from "./user_map.ts";

/** A socket from when it opens until it is told to close or has closed. */
export interface LiveSocket<Row extends object> {
  /** The socket as the application sees it. */
  readonly socket: AnySocket<Row>;
  /** When it opened, in milliseconds since the epoch. */
  readonly openedAt: number;
  /** Whether it was told to close: then it is not rechecked any more. */
  readonly isClosing: boolean;
  /** Puts the user's newer row on the socket and notifies the application. */
  renew(user: User<Row>): void;
  /** Closes it. */
  end(code: number, reason: string): void;
}

/** The live sockets of a node. */
export class SocketRegistry<Row extends object> {
  /** All of them; anonymous sockets form a group of their own. */
  readonly #users: UserMap<LiveSocket<Row>> = new UserMap();
  readonly #byUser: Groups<UserKey, LiveSocket<Row>> = new Groups(this.#users);
  // By the short hash, which is all that the feed discloses about a session or a token.
  readonly #bySession: Groups<number, LiveSocket<Row>> = new Groups(new NumberMap());
  readonly #byToken: Groups<number, LiveSocket<Row>> = new Groups(new NumberMap());
  #size = 0;

  /** How many sockets there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a socket. */
  add(live: LiveSocket<Row>): void {
    this.#size++;
    const basis = socketInternals.basisOf(live.socket);
    this.#byUser.add(keyOf(live), live);
    if (basis?.sessionHash != null) this.#bySession.add(basis.sessionHash, live);
    if (basis?.tokenHash != null) this.#byToken.add(basis.tokenHash, live);
  }

  /** Removes a socket; returns `false` if it is not registered. */
  delete(live: LiveSocket<Row>): boolean {
    if (!this.#byUser.delete(keyOf(live), live)) return false;
    this.#size--;
    const basis = socketInternals.basisOf(live.socket);
    if (basis?.sessionHash != null) this.#bySession.delete(basis.sessionHash, live);
    if (basis?.tokenHash != null) this.#byToken.delete(basis.tokenHash, live);
    return true;
  }

  /** Applies a change of user or login to a socket and updates the indexes, if it is registered. */
  move(live: LiveSocket<Row>, change: () => void): void {
    const isHere = this.delete(live);
    change();
    if (isHere) this.add(live);
  }

  /** Yields all of them, in no order, without those added or removed meanwhile. */
  *values(): IterableIterator<LiveSocket<Row>> {
    for (const live of this.#users.members()) if (this.#byUser.has(keyOf(live), live)) yield live;
  }

  /** Returns those of a user; the id in any form. */
  ofUser(id: UserId): LiveSocket<Row>[] {
    return this.#byUser.get(userKey(id));
  }

  /** Returns those that may rest on a session, by the short hash of its key. */
  ofSessionHash(hash: number): LiveSocket<Row>[] {
    return this.#bySession.get(hash);
  }

  /** Returns those that may rest on a token, by the short hash of its `jti`. */
  ofTokenHash(hash: number): LiveSocket<Row>[] {
    return this.#byToken.get(hash);
  }

  /** Returns those that rest on a session. */
  ofSession(sessionKey: string): LiveSocket<Row>[] {
    return this.ofSessionHash(shortHash(sessionKey))
      .filter((live) => socketInternals.basisOf(live.socket)?.sessionKey === sessionKey);
  }

  /** Returns those that rest on a token. */
  ofToken(tokenId: string): LiveSocket<Row>[] {
    return this.ofTokenHash(shortHash(tokenId)).filter((live) =>
      socketInternals.basisOf(live.socket)?.tokenId === tokenId
    );
  }
}

function keyOf<Row extends object>({ socket: { user } }: LiveSocket<Row>): UserKey {
  return userKey(user === null ? null : user.pk);
}
