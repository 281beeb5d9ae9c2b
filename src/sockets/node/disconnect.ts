/** Closes sockets on every node of a site: the order goes over the feed, and each node says how many it closed. */

import type { AuthCore } from "../../auth/core/core.ts";
import type { Seal } from "../../auth/core/seal.ts";
import type { Feed } from "../../feed.ts";
import { MAX_PAYLOAD_BYTES, NODE_ID_LENGTH } from "../../internal/feed_message.ts";
import { quoted, requireTaken } from "../../internal/option_checks.ts";
import { randomUuid } from "../../internal/random.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";
import { closeAll, type Ending } from "../registry/close_all.ts";
import { type DisconnectTarget, readTarget, socketsOf, toWire, type WireTarget } from "../registry/target.ts";
import { fitReason, isSendableCode, requireSendableCode } from "../protocol/close_codes.ts";
import type { RecentOrders } from "./recent_orders.ts";

/** With what sockets are closed. */
export interface DisconnectOptions {
  /** The close code; 4409 if not given: a client then does not come back by itself. */
  code?: number;
  /** The close reason; `disconnected` if not given. */
  reason?: string;
  /** Seconds to wait for the other nodes; 1 if not given. */
  deadline?: number;
}

/** What a disconnect did. */
export interface DisconnectResult {
  /** Sockets closed on this node. */
  readonly closed: number;
  /** Sockets closed on the other nodes that answered. */
  readonly closedElsewhere: number;
  /** Nodes that answered within the deadline, this one included. */
  readonly nodes: number;
  /** Nodes that are known to live and did not answer. */
  readonly silent: number;
  /**
   * `true` when the other nodes were asked, or need not be (a single socket that is here); `false` where there is no feed,
   * or it was not live within the deadline.
   */
  readonly reached: boolean;
}

/** The dependencies of {@link Disconnections}. */
export interface DisconnectParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly seal: Seal;
  readonly registry: SocketRegistry<Row>;
  /** Is told of every order, of this node and of others. */
  readonly recent: RecentOrders<Row>;
  /** The feed once it is live; `null` when there is none, or it is not live within so many milliseconds. */
  readonly feed: (milliseconds: number) => Promise<Feed | null>;
  /** How much the node has heard, these orders included. */
  readonly heard: () => number;
}

/** An order or an answer, as it travels under the seal. */
interface Message {
  readonly id: string;
  readonly from: string;
  readonly target?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly closed?: unknown;
}

/** What this node asks of all others. */
interface Order {
  readonly id: string;
  readonly target: WireTarget;
  readonly code: number;
  readonly reason: string;
}

/** A caller that waits for the answers of other nodes. */
interface Waiting {
  /** How many sockets each node closed. */
  readonly answers: Map<string, number>;
  readonly onAnswer: () => void;
}

const OPTIONS: readonly (keyof DisconnectOptions)[] = ["code", "reason", "deadline"];
/** What stands before the seal in a message over the feed. */
const PREFIX = "order ";
const DEFAULT_CODE = 4409;
const DEFAULT_REASON = "disconnected";
/** Seconds. */
const DEFAULT_DEADLINE = 1;
/** Orders that are remembered, so that none is carried out twice: every role that listens could send one again. */
const MAX_REMEMBERED = 10_000;

/** The disconnects of a node, and those that other nodes ask for. */
export class Disconnections<Row extends object> {
  readonly #parts: DisconnectParts<Row>;
  readonly #waiting: Map<string, Waiting> = new Map();
  readonly #done: Set<string> = new Set();

  constructor(parts: DisconnectParts<Row>) {
    this.#parts = parts;
  }

  /**
   * Closes what a target means, here and elsewhere.
   *
   * @throws {TypeError} when the target names none or several of the four, a user id that cannot be one, or no date, and
   * for what does not exist in it or in the options
   * @throws {RangeError} for a close code that no server may send, for a deadline that is no number of seconds above 0, and
   * for a target that no message holds
   */
  async disconnect(target: DisconnectTarget, options: DisconnectOptions): Promise<DisconnectResult> {
    requireTaken("disconnect()", options, OPTIONS);
    const { code = DEFAULT_CODE, deadline = DEFAULT_DEADLINE } = options;
    const reason = fitReason(options.reason ?? DEFAULT_REASON);
    requireSendableCode(code);
    requireDeadline(deadline);
    const travels = toWire(target, this.#parts.core.table.primaryKeyType);
    const order = { id: randomUuid(this.#parts.core.randomBytes), target: travels, code, reason };
    this.#requireRoom(order);
    const lives = socketsOf(travels, this.#parts.registry);
    // The one named socket is here: no other node can have it.
    const isLocal = travels.by === "socket" && lives.length > 0;
    const closing = this.#close(travels, lives, { code, reason });
    const elsewhere = isLocal ? { ...ALONE, reached: true } : await this.#order(order, deadline * 1000);
    return { closed: await closing, ...elsewhere };
  }

  /** @returns how many were closed */
  async #close(target: WireTarget, lives: readonly LiveSocket<Row>[], ending: Ending): Promise<number> {
    const { core: { timers, emit }, heard } = this.#parts;
    this.#parts.recent.add(target, ending, heard());
    const closed = await closeAll(lives, ending, timers);
    emit({ type: "sockets.disconnected", by: target.by, closed });
    return closed;
  }

  /** Takes a message of the feed; `false` when it is none of these. */
  hear(payload: string, feed: Feed): boolean {
    if (!payload.startsWith(PREFIX)) return false;
    // Signed: a hint may be anybody's, but this closes without a look at the database.
    const message = readMessage(this.#parts.seal.unseal(payload.slice(PREFIX.length)));
    if (message === null || message.from === feed.nodeId) return true;
    const waiting = this.#waiting.get(message.id);
    if (waiting !== undefined && typeof message.closed === "number") {
      waiting.answers.set(message.from, message.closed);
      waiting.onAnswer();
    } else if (message.closed === undefined) {
      this.#obey(message, feed);
    }
    return true;
  }

  #obey({ id, target, code, reason }: Message, feed: Feed): void {
    const travels = readTarget(target);
    if (travels === null || typeof code !== "number" || !isSendableCode(code) || typeof reason !== "string") {
      return;
    }
    if (this.#done.has(id)) return;
    const [oldest] = this.#done;
    if (this.#done.size >= MAX_REMEMBERED) this.#done.delete(oldest!);
    this.#done.add(id);
    this.#close(travels, socketsOf(travels, this.#parts.registry), { code, reason })
      .then((closed) => this.#send(feed, { id, from: feed.nodeId, closed }))
      .catch(() => {});
  }

  async #order(order: Order, milliseconds: number): Promise<Omit<DisconnectResult, "closed">> {
    const { timers } = this.#parts.core;
    const end = timers.now() + milliseconds;
    const feed = await this.#parts.feed(milliseconds);
    if (feed === null) return ALONE;
    const answers = new Map<string, number>();
    const others = (): string[] => feed.nodes().filter((node) => node !== feed.nodeId);
    const isSilent = (node: string): boolean => !answers.has(node);
    const isKnown = feed.knowsAll;
    // Noted before the order goes out: a feed that is lost meanwhile knows no other node any more.
    const expected = new Set(others());
    let reached = false;
    try {
      await new Promise<void>((resolve, reject) => {
        const cancel = timers.after(Math.max(0, end - timers.now()), resolve);
        const onAnswer = (): void => {
          if (!isKnown || others().some(isSilent)) return;
          cancel();
          resolve();
        };
        this.#waiting.set(order.id, { answers, onAnswer });
        this.#send(feed, { ...order, from: feed.nodeId }).then(() => {
          reached = true;
          onAnswer();
        }, (error) => {
          cancel();
          reject(error);
        });
      });
    } catch {
      // The feed was lost: whoever was to be reached over it finds out by re-validation what lasts.
    } finally {
      this.#waiting.delete(order.id);
    }
    const closedElsewhere = [...answers.values()].reduce((sum, closed) => sum + closed, 0);
    for (const node of others()) expected.add(node);
    return {
      closedElsewhere,
      nodes: answers.size + 1,
      silent: [...expected].filter(isSilent).length,
      // Who is quick answers before the database has said that the order went out.
      reached: reached || answers.size > 0,
    };
  }

  /** Asked before anything is closed: what cannot be sent would be an order to this node alone. */
  #requireRoom(order: Order): void {
    const text = this.#write({ ...order, from: "-".repeat(NODE_ID_LENGTH) });
    if (text.length <= MAX_PAYLOAD_BYTES) return;
    throw new RangeError(
      `disconnect() got a target of ${text.length} bytes, expected at most ${MAX_PAYLOAD_BYTES}: ` +
        "except may name about a hundred sockets",
    );
  }

  #send(feed: Feed, message: Message): Promise<void> {
    return feed.notify(this.#write(message));
  }

  /** In ASCII. */
  #write(message: Message): string {
    return PREFIX + this.#parts.seal.seal(message);
  }
}

const ALONE: Omit<DisconnectResult, "closed"> = { closedElsewhere: 0, nodes: 1, silent: 0, reached: false };

/** Any other would be over at once: the runtimes take `NaN` and `Infinity` for no time at all. */
function requireDeadline(deadline: number): void {
  if (typeof deadline === "number" && deadline > 0 && Number.isFinite(deadline)) return;
  throw new RangeError(`deadline is ${quoted(deadline)}, expected a number of seconds above 0`);
}

function readMessage(value: unknown): Message | null {
  const { id, from } = (value ?? {}) as Partial<Message>;
  return typeof id === "string" && typeof from === "string" ? value as Message : null;
}
