/**
 * The most recent orders to disconnect: a socket that an order means may still be an upgrade under way when the order
 * comes.
 */

import { refusal } from "../protocol/close_codes.ts";
import type { Ending } from "../registry/close_all.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { isMeant, type WireTarget } from "../registry/target.ts";

/** An order, and when it came. */
interface RecentOrder {
  readonly target: WireTarget;
  readonly ending: Ending;
  /** `SocketNode.newsCount` including this order. */
  readonly newsCount: number;
}

/** Orders kept: an upgrade mostly takes milliseconds, and can only have missed the latest ones. */
const MAX_ORDERS = 1000;

/** The last orders of a node, the newest last. */
export class RecentOrders<Row extends object> {
  readonly #orders: RecentOrder[] = [];
  #count = 0;
  /** The `newsCount` of the last order that was dropped. */
  #droppedUntil = -1;

  /** How many orders came. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds an order.
   *
   * @param newsCount `SocketNode.newsCount` before it
   */
  add(target: WireTarget, ending: Ending, newsCount: number): void {
    this.#count++;
    // A single socket is named by its id, which only an open socket has.
    if (target.by === "socket") return;
    if (this.#orders.length >= MAX_ORDERS) {
      this.#droppedUntil = this.#orders.splice(0, MAX_ORDERS / 2).at(-1)!.newsCount;
    }
    this.#orders.push({ target, ending, newsCount: newsCount + 1 });
  }

  /**
   * Returns how to close a socket that an order meant while its upgrade, or a login over it, was under way; `null` when
   * there was no such order.
   *
   * @param newsCount `SocketNode.newsCount` when the upgrade or login began
   * @param openedAt when the upgrade began or the socket opened, in milliseconds since the epoch
   */
  missed(live: LiveSocket<Row>, newsCount: number, openedAt: number): Ending | null {
    for (let index = this.#orders.length - 1; index >= 0; index--) {
      const order = this.#orders[index]!;
      if (order.newsCount <= newsCount) return null;
      if (isMeant(order.target, live, openedAt)) return order.ending;
    }
    // An order that was dropped may have meant it: the client can come again.
    return this.#droppedUntil > newsCount ? refusal("try_again_later") : null;
  }
}
