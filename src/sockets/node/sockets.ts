/** The live sockets of a node as the application sees them: `auth.sockets`. */

import { parsePrimaryKey } from "../../users/primary_key.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import type { DisconnectOptions, DisconnectResult } from "./disconnect.ts";
import type { DrainOptions } from "./drain.ts";
import type { SocketNode } from "./node.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { type AnySocket, socketInside } from "../socket/socket.ts";
import type { DisconnectTarget } from "../registry/target.ts";

/**
 * The live sockets of one `djangoAuth()`: those that are open on this node, whichever server they came through.
 *
 * @example Tell all sockets of a user
 * ```ts
 * import type { DjangoAuth } from "@djauth/djauth";
 *
 * export function tell(auth: DjangoAuth, userId: number, text: string): void {
 *   for (const socket of auth.sockets.ofUser(userId)) socket.send(text);
 * }
 * ```
 */
export class Sockets<Row extends object = DjangoUserRow> {
  readonly #node: SocketNode<Row>;

  /** `auth.sockets` is one. */
  constructor(node: SocketNode<Row>) {
    this.#node = node;
  }

  /** How many are open. */
  get count(): number {
    return this.#node.registry.size;
  }

  /** All that are open. */
  *[Symbol.iterator](): IterableIterator<AnySocket<Row>> {
    for (const { socket } of this.#node.registry.values()) yield socket;
  }

  /** Those of a user, over all of the user's sessions; a UUID in any form. */
  ofUser(userId: UserId): AnySocket<Row>[] {
    const { core: { table }, registry } = this.#node;
    const key = parsePrimaryKey(table.primaryKeyType, userId);
    return key === null ? [] : socketsOf(registry.ofUser(key));
  }

  /** Those that rest on a session. */
  ofSession(sessionKey: string): AnySocket<Row>[] {
    return socketsOf(this.#node.registry.ofSession(sessionKey));
  }

  /** The one with this `socket.id`, if it is open here. */
  find(socketId: string): AnySocket<Row> | null {
    // A socket whose id was never asked for cannot be the one: asking for all of them would make as many.
    for (const socket of this) if (socketInside.madeIdOf(socket) === socketId) return socket;
    return null;
  }

  /**
   * Closes sockets on this node and, over the feed, on all others; those whose upgrade is under way as soon as they open.
   * Nothing of it is stored: a node that does not hear it (it was away from the database just then) closes nothing. For
   * what lasts, change the database, as `auth.logout()`, a new password and `is_active` do: every node finds that out, at
   * the latest by re-validation.
   *
   * @returns how many sockets were closed, and how many nodes answered
   * @throws {TypeError} when the target names none or several of `userId`, `sessionKey`, `socketId` and `tokenId`; for a
   * `userId` that cannot be one, an `issuedBefore` that is not a date, and for what does not exist in the target or the options
   * @throws {RangeError} for a close code that no server may send, for a `deadline` that is no number of seconds above 0, and
   * for more than about a hundred sockets in `except`
   *
   * @example All sockets of a user but the one that asks
   * ```ts
   * import type { DjangoAuth, DjangoSocket } from "@djauth/djauth";
   *
   * export async function closeOthers(auth: DjangoAuth, socket: DjangoSocket): Promise<number> {
   *   const target = { userId: socket.user.pk, except: socket.id };
   *   const { closed, closedElsewhere } = await auth.sockets.disconnect(target);
   *   return closed + closedElsewhere;
   * }
   * ```
   */
  disconnect(target: DisconnectTarget, options: DisconnectOptions = {}): Promise<DisconnectResult> {
    return this.#node.disconnections.disconnect(target, options);
  }

  /**
   * Empties this node before it stops. New upgrades are refused from now on, with 1012 `server_restart` or 503; live sockets
   * are closed with the same, one after the other over the time, so that their clients do not come back all at once.
   * A second call changes only how long it takes, and only to less.
   *
   * @returns when all have ended, or the time is over: then all that are left were closed at once
   * @throws {RangeError} when `seconds` is not a number from 0 on
   * @throws {TypeError} for an option that does not exist
   *
   * @example Before a server stops
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function shutDown(auth: DjangoAuth, server: { stop(): Promise<void> }): Promise<void> {
   *   await auth.sockets.drain({ seconds: 20 });
   *   await server.stop();
   *   await auth.close();
   * }
   * ```
   */
  drain(options: DrainOptions = {}): Promise<void> {
    return this.#node.drain.run(options);
  }
}

function socketsOf<Row extends object>(lives: readonly LiveSocket<Row>[]): AnySocket<Row>[] {
  return lives.map(({ socket }) => socket);
}
