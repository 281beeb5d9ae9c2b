/**
 * Closes sockets on every node of a site: the order travels over the feed, and each node reports how many it closed.
 */

import type { AuthCore } from "../../auth/core/core.ts";
import type { Seal } from "../../auth/core/seal.ts";
import type { Feed } from "../../feed.ts";
import { MAX_PAYLOAD_BYTES, NODE_ID_LENGTH } from "../../internal/feed_message.ts";
import { quoted, requireMethodOptions } from "../../internal/option_checks.ts";
import { randomUuid } from "../../internal/random.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";
import { closeAll, type Ending } from "../registry/close_all.ts";
import { type DisconnectTarget, targeted, toWire, type WireTarget } from "../registry/target.ts";
import { fitReason, requireSendableCode } from "../protocol/close_codes.ts";
import { Answers } from "./answers.ts";
import {
  type DisconnectAnswer,
  type DisconnectOrder,
  isAboutDisconnect,
  sealMessage,
  unsealMessage,
} from "./disconnect_message.ts";
import type { RecentOrders } from "./recent_orders.ts";

/** How sockets are closed. */
export interface DisconnectOptions {
  /** The close code; 4409 by default, which tells a client not to reconnect by itself. */
  code?: number;
  /** The close reason; `disconnected` by default. */
  reason?: string;
  /** Seconds to wait for the other nodes; 1 by default. */
  deadline?: number;
}

/** The result of a disconnect. */
export interface DisconnectResult {
  /** Sockets closed on this node. */
  readonly closed: number;
  /** Sockets closed on the other nodes that answered. */
  readonly closedElsewhere: number;
  /** Nodes that answered within the deadline, including this one. */
  readonly nodes: number;
  /** Nodes that are known to be alive and did not answer. */
  readonly silent: number;
  /**
   * Whether the order reached the other nodes, or did not have to (a single socket that is here); `false` without a
   * feed, or when it was not live within the deadline.
   */
  readonly reached: boolean;
}

/** The dependencies of {@link Disconnections}. */
export interface DisconnectParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly seal: Seal;
  readonly registry: SocketRegistry<Row>;
  /** Records every order, of this node and of others. */
  readonly recent: RecentOrders<Row>;
  /** Resolves to the feed once it is live; to `null` without one, or if it is not live within so many milliseconds. */
  readonly feed: (milliseconds: number) => Promise<Feed | null>;
  /** Returns `SocketNode.newsCount`, which includes these orders. */
  readonly newsCount: () => number;
}

/** An order of this node. */
type Order = Omit<DisconnectOrder, "from">;

const OPTIONS: readonly (keyof DisconnectOptions)[] = ["code", "reason", "deadline"];
const DEFAULT_CODE = 4409;
const DEFAULT_REASON = "disconnected";
const DEFAULT_DEADLINE_SECONDS = 1;
/** Orders remembered so that none is executed twice: every role that listens could replay one. */
const MAX_REMEMBERED = 10_000;

/** Disconnects ordered by this node and by others. */
export class Disconnections<Row extends object> {
  readonly #parts: DisconnectParts<Row>;
  /** The answers awaited, by the id of the order. */
  readonly #awaited: Map<string, Answers> = new Map();
  readonly #done: Set<string> = new Set();

  constructor(parts: DisconnectParts<Row>) {
    this.#parts = parts;
  }

  /**
   * Closes the sockets that a target means, here and elsewhere.
   *
   * @throws {TypeError} when the target names none or several of the four, an impossible user id or an invalid date,
   * and for unknown properties of the target or the options
   * @throws {RangeError} for a close code that no server may send, a deadline that is not a number of seconds above 0,
   * and a target too long for a message
   */
  async disconnect(target: DisconnectTarget, options: DisconnectOptions): Promise<DisconnectResult> {
    requireMethodOptions("disconnect()", options, OPTIONS);
    const { code = DEFAULT_CODE, deadline = DEFAULT_DEADLINE_SECONDS } = options;
    const reason = fitReason(options.reason ?? DEFAULT_REASON);
    requireSendableCode(code);
    requireDeadline(deadline);
    const wire = toWire(target, this.#parts.core.table.primaryKeyType);
    const order = { id: randomUuid(this.#parts.core.randomBytes), target: wire, code, reason };
    this.#requireRoom(order);
    const lives = targeted(wire, this.#parts.registry);
    // A socket that is here cannot be on another node.
    const isLocal = wire.by === "socket" && lives.length > 0;
    const closing = this.#close(wire, lives, { code, reason });
    const elsewhere = isLocal ? { ...ALONE, reached: true } : await this.#order(order, deadline * 1000);
    return { closed: await closing, ...elsewhere };
  }

  /** Closes these and returns how many were closed. */
  async #close(target: WireTarget, lives: readonly LiveSocket<Row>[], ending: Ending): Promise<number> {
    const { core: { timers, emit }, recent, newsCount } = this.#parts;
    recent.add(target, ending, newsCount());
    const closed = await closeAll(lives, ending, timers);
    emit({ type: "sockets.disconnected", by: target.by, closed });
    return closed;
  }

  /** Takes a message of the feed; returns `false` when it is of another kind. */
  hear(payload: string, feed: Feed): boolean {
    if (!isAboutDisconnect(payload)) return false;
    const message = unsealMessage(payload, this.#parts.seal);
    if (message === null || message.from === feed.nodeId) return true;
    if ("closed" in message) this.#awaited.get(message.id)?.add(message.from, message.closed);
    else this.#obey(message, feed);
    return true;
  }

  #obey({ id, target, code, reason }: DisconnectOrder, feed: Feed): void {
    if (this.#done.has(id)) return;
    const [oldest] = this.#done;
    if (this.#done.size >= MAX_REMEMBERED) this.#done.delete(oldest!);
    this.#done.add(id);
    this.#close(target, targeted(target, this.#parts.registry), { code, reason })
      .then((closed) => this.#send(feed, { id, from: feed.nodeId, closed }))
      .catch(() => {});
  }

  /** Orders the same of the other nodes. If the feed is lost, they learn by re-validation of what the database stores. */
  async #order(order: Order, milliseconds: number): Promise<Omit<DisconnectResult, "closed">> {
    const { timers } = this.#parts.core;
    const end = timers.now() + milliseconds;
    const feed = await this.#parts.feed(milliseconds);
    if (feed === null) return ALONE;
    const answers = new Answers(feed);
    this.#awaited.set(order.id, answers);
    const sending = this.#send(feed, { ...order, from: feed.nodeId });
    await answers.all(sending, Math.max(0, end - timers.now()), timers);
    this.#awaited.delete(order.id);
    const { closed, size, silent, wasSent } = answers;
    return { closedElsewhere: closed, nodes: size + 1, silent, reached: wasSent };
  }

  async #send(feed: Feed, message: DisconnectOrder | DisconnectAnswer): Promise<void> {
    await feed.notify(sealMessage(message, this.#parts.seal));
  }

  /** Checked before anything is closed: an order that cannot be sent would be executed on this node alone. */
  #requireRoom(order: Order): void {
    const text = sealMessage({ ...order, from: "-".repeat(NODE_ID_LENGTH) }, this.#parts.seal);
    if (text.length <= MAX_PAYLOAD_BYTES) return;
    throw new RangeError(
      `disconnect() got a target of ${text.length} bytes, expected at most ${MAX_PAYLOAD_BYTES}; ` +
        "except can name about a hundred sockets",
    );
  }
}

const ALONE: Omit<DisconnectResult, "closed"> = { closedElsewhere: 0, nodes: 1, silent: 0, reached: false };

/** Timers treat `NaN` and `Infinity` as 0, so that the deadline would pass immediately. */
function requireDeadline(deadline: number): void {
  if (typeof deadline === "number" && deadline > 0 && Number.isFinite(deadline)) return;
  throw new RangeError(`deadline is ${quoted(deadline)}, expected a number of seconds above 0`);
}
