/** The live sockets of a node, as the application sees them: `auth.sockets`. */

import { kindOf } from "../../internal/option_checks.ts";
import { requirePrimaryKey } from "../../users/primary_key.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import type { DisconnectOptions, DisconnectResult } from "./disconnect.ts";
import type { DrainOptions } from "./drain.ts";
import type { SocketNode } from "./node.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { type AnySocket, socketInternals } from "../socket/socket.ts";
import type { DisconnectTarget } from "../registry/target.ts";

/**
 * The live sockets of one `djangoAuth()`: those open on this node, over all of its servers.
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

  /** Created by djauth as `auth.sockets`. */
  constructor(node: SocketNode<Row>) {
    this.#node = node;
  }

  /** How many sockets are open. */
  get count(): number {
    return this.#node.registry.size;
  }

  /** Iterates over all open sockets. */
  *[Symbol.iterator](): IterableIterator<AnySocket<Row>> {
    for (const { socket } of this.#node.registry.values()) yield socket;
  }

  /**
   * Returns those of a user, over all of the user's sessions; a UUID in any form.
   *
   * @throws {TypeError} for an id that no user can have
   */
  ofUser(userId: UserId): AnySocket<Row>[] {
    const { core: { table }, registry } = this.#node;
    return socketsOf(registry.ofUser(requirePrimaryKey("ofUser", table.primaryKeyType, userId)));
  }

  /**
   * Returns those that rest on a session.
   *
   * @throws {TypeError} for anything but a string
   */
  ofSession(sessionKey: string): AnySocket<Row>[] {
    if (typeof sessionKey !== "string") {
      throw new TypeError(`ofSession() got ${kindOf(sessionKey)}, expected a session key`);
    }
    return socketsOf(this.#node.registry.ofSession(sessionKey));
  }

  /** Returns the one with this `socket.id`, if it is open here. */
  find(socketId: string): AnySocket<Row> | null {
    // A socket whose id was never read cannot be meant; reading it would create one for every socket.
    for (const socket of this) if (socketInternals.madeIdOf(socket) === socketId) return socket;
    return null;
  }

  /**
   * Closes sockets on this node and, over the feed, on all others; upgrades under way are closed as soon as they open.
   * The order is not stored: a node that misses it (because it was cut off from the database) closes nothing. For a
   * lasting effect, change the database, as `auth.logout()`, a new password and `is_active` do: every node notices
   * that, at the latest by re-validation.
   *
   * @returns how many sockets were closed, and how many nodes answered
   * @throws {TypeError} when the target names none or several of `userId`, `sessionKey`, `socketId` and `tokenId`; for
   * an impossible `userId`, another key or id (also in `except`) that is not a string, an `issuedBefore` that is not a
   * valid date, and unknown properties of the target or the options
   * @throws {RangeError} for a close code that no server may send, a `deadline` that is not a number of seconds above
   * 0, and more than about a hundred sockets in `except`
   *
   * @example All sockets of a user except the current one
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
   * Drains this node before it stops. From now on upgrades are refused with 1012 `server_restart` or 503; live sockets
   * are closed with the same code, spread over the given time, so that their clients do not reconnect all at once. A
   * second call can only shorten the time.
   *
   * @returns when all sockets have ended, or the time is over and the rest have been closed
   * @throws {RangeError} when `seconds` is not a finite number of at least 0
   * @throws {TypeError} for an unknown option
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
