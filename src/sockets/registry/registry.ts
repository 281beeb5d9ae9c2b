/** The live sockets of a node, found by user, session and token. Knows nothing of how they live or end. */

import { shortHash } from "../../crypto/short_hash.ts";
import { NumberMap } from "../../internal/number_map.ts";
import type { User } from "../../users/user.ts";
import type { UserId } from "../../users/user_table.ts";
import { Groups } from "../../internal/groups.ts";
import { type AnySocket, socketInside } from "../socket/socket.ts";
import { type UserKey, userKey, UserMap } from "./user_map.ts";

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
  /** All of them: one without a user is in the group of anonymous ones. */
  readonly #users: UserMap<LiveSocket<Row>> = new UserMap();
  readonly #byUser: Groups<UserKey, LiveSocket<Row>> = new Groups(this.#users);
  // By the short hash, which is all that the feed tells of a session or a token.
  readonly #bySession: Groups<number, LiveSocket<Row>> = new Groups(new NumberMap());
  readonly #byToken: Groups<number, LiveSocket<Row>> = new Groups(new NumberMap());
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Entries that are kept: of users, sessions and tokens that have sockets. */
  get entries(): number {
    return this.#byUser.size + this.#bySession.size + this.#byToken.size;
  }

  /** Takes one up. */
  add(live: LiveSocket<Row>): void {
    this.#size++;
    const basis = socketInside.basisOf(live.socket);
    this.#byUser.add(keyOf(live), live);
    if (basis?.sessionHash != null) this.#bySession.add(basis.sessionHash, live);
    if (basis?.tokenHash != null) this.#byToken.add(basis.tokenHash, live);
  }

  /** Gives one up; `false` where it was not there. */
  delete(live: LiveSocket<Row>): boolean {
    if (!this.#byUser.delete(keyOf(live), live)) return false;
    this.#size--;
    const basis = socketInside.basisOf(live.socket);
    if (basis?.sessionHash != null) this.#bySession.delete(basis.sessionHash, live);
    if (basis?.tokenHash != null) this.#byToken.delete(basis.tokenHash, live);
    return true;
  }

  /** Finds one, if it is there, under whom and what it rests on after a change. */
  move(live: LiveSocket<Row>, change: () => void): void {
    const isHere = this.delete(live);
    change();
    if (isHere) this.add(live);
  }

  /** All of them, in no order; those that leave meanwhile are left out, and who comes meanwhile as well. */
  *values(): IterableIterator<LiveSocket<Row>> {
    for (const live of this.#users.members()) if (this.#byUser.has(keyOf(live), live)) yield live;
  }

  /** Those of a user; the id in whatever form it has. */
  ofUser(id: UserId): LiveSocket<Row>[] {
    return this.#byUser.get(userKey(id));
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
      .filter((live) => socketInside.basisOf(live.socket)?.sessionKey === sessionKey);
  }

  /** Those that rest on a token. */
  ofToken(tokenId: string): LiveSocket<Row>[] {
    return this.ofTokenHash(shortHash(tokenId)).filter((live) =>
      socketInside.basisOf(live.socket)?.tokenId === tokenId
    );
  }
}

function keyOf<Row extends object>({ socket: { user } }: LiveSocket<Row>): UserKey {
  return userKey(user === null ? null : user.pk);
}
