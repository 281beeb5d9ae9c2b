/**
 * The orders to disconnect of the last moments: what an order means may be on its way in, and is no live socket yet when
 * the order comes.
 */

import type { AuthCore } from "../../auth/core/core.ts";
import { OPENING } from "../admission/attempts.ts";
import type { Ending } from "../registry/close_all.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { isMeant, type WireTarget } from "../registry/target.ts";

/** An order, and how it stands to the upgrades. */
interface Order {
  readonly target: WireTarget;
  readonly ending: Ending;
  /** What the node had heard with it. */
  readonly heard: number;
  /** `timers.now()` when it came. */
  readonly at: number;
}

/** Orders at most: an upgrade takes milliseconds as a rule, and the last orders are those that it may have missed. */
const MAX_ORDERS = 1000;

/** The last orders of a node, the newest at the end. */
export class RecentOrders<Row extends object> {
  readonly #core: AuthCore<Row>;
  #orders: Order[] = [];
  #count = 0;

  constructor(core: AuthCore<Row>) {
    this.#core = core;
  }

  /** How many orders there were. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes one up.
   *
   * @param heard how much the node had heard before it
   */
  add(target: WireTarget, ending: Ending, heard: number): void {
    this.#count++;
    // A single socket is named by an id that it gets when it is open.
    if (target.by === "socket") return;
    const now = this.#core.timers.now();
    if (this.#orders.length >= MAX_ORDERS) this.#orders.splice(0, MAX_ORDERS / 2);
    this.#orders.push({ target, ending, heard: heard + 1, at: now });
  }

  /**
   * With what a socket is to be closed rather than opened, since an order meant it while its upgrade, or a login over it, was under
   * way; `null` when there was none.
   *
   * @param heard what the node had heard when the upgrade began
   * @param openedAt when that was, in milliseconds since the epoch
   */
  missed(live: LiveSocket<Row>, heard: number, openedAt: number): Ending | null {
    const { timers, settings: { sockets: { authenticationDeadline } } } = this.#core;
    // Of all upgrades, none has taken longer.
    const since = timers.now() - (authenticationDeadline + OPENING) * 1000;
    if (this.#orders.length > 0 && this.#orders.at(-1)!.at < since) this.#orders = [];
    for (let index = this.#orders.length - 1; index >= 0; index--) {
      const order = this.#orders[index]!;
      if (order.heard <= heard || order.at < since) return null;
      if (isMeant(order.target, live, openedAt)) return order.ending;
    }
    return null;
  }
}
