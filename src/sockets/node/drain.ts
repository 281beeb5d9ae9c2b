/** Empties a node that is about to stop: accepts no more upgrades and closes the open sockets one after the other. */

import type { AuthCore } from "../../auth/core/core.ts";
import { requireMethodOptions } from "../../internal/option_checks.ts";
import type { Attempts } from "../admission/attempts.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";

/** How a node is drained. */
export interface DrainOptions {
  /** Seconds that it may take; 10 by default. */
  seconds?: number;
}

/** The dependencies of {@link Drain}. */
export interface DrainParts<Row extends object> {
  readonly core: Pick<AuthCore<Row>, "emit" | "randomBytes" | "timers">;
  readonly registry: SocketRegistry<Row>;
  readonly attempts: Attempts;
}

const DEFAULT_DRAIN_SECONDS = 10;
/** The fraction of the time over which sockets are told to close; the rest is for their answers. */
const CLOSING_FRACTION = 0.9;
/** The pause between two checks of the clock and of the sockets that are left. */
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 100;

/** The drain of a node. */
export class Drain<Row extends object> {
  readonly #parts: DrainParts<Row>;
  /** Sockets that the drain told to close and that have not ended. */
  readonly #leaving: Set<LiveSocket<Row>> = new Set();
  #lives: Iterator<LiveSocket<Row>> | null = null;
  /** All times are of `timers.now()`, in milliseconds. */
  #start = 0;
  #end = Infinity;
  /** The time from one socket to the next, on average. */
  #step = 0;
  /** When the next socket is told to close. */
  #next = 0;
  /** Sockets told to close since `#start`. */
  #told = 0;
  /** Sockets told to close since the first call. */
  #closed = 0;
  /** When the first call was made. */
  #begun = 0;
  #cancel: () => void = () => {};
  #isOver = false;
  #result: Promise<void> | null = null;
  #resolve: () => void = () => {};

  constructor(parts: DrainParts<Row>) {
    this.#parts = parts;
  }

  /**
   * Begins the drain, or shortens one under way.
   *
   * @throws {RangeError} when `seconds` is not a finite number of at least 0
   * @throws {TypeError} for an unknown option
   */
  run(options: DrainOptions): Promise<void> {
    requireMethodOptions("drain()", options, ["seconds"]);
    const { seconds = DEFAULT_DRAIN_SECONDS } = options;
    if (typeof seconds !== "number" || !(seconds >= 0 && seconds < Infinity)) {
      throw new RangeError(`seconds is ${String(seconds)}, expected a number of seconds of at least 0`);
    }
    const { core: { timers }, registry, attempts } = this.#parts;
    attempts.close();
    const now = timers.now();
    if (this.#result === null) this.#begun = now;
    this.#result ??= new Promise((resolve) => this.#resolve = resolve);
    const end = now + seconds * 1000;
    if (end >= this.#end) return this.#result;
    this.#start = now;
    this.#end = end;
    this.#step = seconds * 1000 * CLOSING_FRACTION / Math.max(1, registry.size);
    this.#told = 0;
    this.#lives = registry.values();
    this.#planNext();
    this.#work();
    return this.#result;
  }

  /** Records that a socket has ended. */
  ended(live: LiveSocket<Row>): void {
    if (this.#result === null) return;
    this.#leaving.delete(live);
    this.#finishIfEmpty();
  }

  /** Stops waiting; the sockets stay as they are. */
  giveUp(): void {
    this.#isOver = true;
    this.#cancel();
    this.#lives = null;
    this.#resolve();
  }

  #work(): void {
    const { timers } = this.#parts.core;
    const now = timers.now();
    const isLate = now >= this.#end;
    while (this.#lives !== null && (isLate || this.#next <= now)) {
      const { value: live, done } = this.#lives.next();
      if (done) {
        this.#lives = null;
      } else {
        this.#tell(live);
      }
    }
    if (isLate) return this.#finish();
    if (this.#finishIfEmpty()) return;
    const pause = Math.max(this.#next - now, MIN_PAUSE_MS);
    this.#cancel();
    this.#cancel = timers.after(Math.min(pause, MAX_PAUSE_MS, this.#end - now), () => this.#work());
  }

  #tell(live: LiveSocket<Row>): void {
    const { code, reason } = refusal("server_restart");
    this.#leaving.add(live);
    this.#told++;
    this.#closed++;
    // On Bun this may end the last socket, and with it the drain.
    live.end(code, reason);
    this.#planNext();
  }

  /** Picks a random time within the socket's own step, so that nodes do not close in step. */
  #planNext(): void {
    const chance = this.#parts.core.randomBytes(1)[0]! / 256;
    this.#next = this.#start + (this.#told + chance) * this.#step;
  }

  /** Ends the drain and returns `true` if no socket is left. */
  #finishIfEmpty(): boolean {
    const { registry, attempts } = this.#parts;
    const isEmpty = registry.size === 0 && this.#leaving.size === 0 && attempts.underWay === 0;
    if (isEmpty) this.#finish();
    return isEmpty;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.giveUp();
    const { timers, emit } = this.#parts.core;
    emit({ type: "sockets.drained", closed: this.#closed, milliseconds: timers.now() - this.#begun });
  }
}
