/** Empties a node that is about to stop: no upgrade is accepted any more, and open sockets are closed one after the other. */

import type { AuthCore } from "../../auth/core/core.ts";
import { requireTaken } from "../../internal/option_checks.ts";
import type { Attempts } from "../admission/attempts.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { LiveSocket, SocketRegistry } from "../registry/registry.ts";

/** How a node is emptied. */
export interface DrainOptions {
  /** Seconds that it may take, 10 if not given. */
  seconds?: number;
}

/** The dependencies of {@link Drain}. */
export interface DrainParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly registry: SocketRegistry<Row>;
  readonly attempts: Attempts<Row>;
}

const SECONDS = 10;
/** The part of the time over which sockets are told to close; the rest is for their answers. */
const SPREAD = 0.9;
/** Milliseconds between two looks at who is left, and at the clock. */
const SHORTEST_PAUSE = 10;
const LONGEST_PAUSE = 100;

/** The drain of a node. */
export class Drain<Row extends object> {
  readonly #parts: DrainParts<Row>;
  /** Sockets that were told to close by this and have not ended. */
  readonly #leaving: Set<LiveSocket<Row>> = new Set();
  #lives: Iterator<LiveSocket<Row>> | null = null;
  /** Milliseconds of `timers.now()`. */
  #start = 0;
  #end = Infinity;
  /** Milliseconds from one socket to the next, on average. */
  #step = 0;
  /** When the next one goes. */
  #next = 0;
  #told = 0;
  /** Of all calls. */
  #closed = 0;
  /** Milliseconds of `timers.now()` at the first call. */
  #begun = 0;
  #cancel: () => void = () => {};
  #isOver = false;
  #result: Promise<void> | null = null;
  #resolve: () => void = () => {};

  constructor(parts: DrainParts<Row>) {
    this.#parts = parts;
  }

  /**
   * Begins, or goes on faster.
   *
   * @throws {RangeError} when the time is not a number from 0 on
   * @throws {TypeError} for an option that does not exist
   */
  run(options: DrainOptions): Promise<void> {
    requireTaken("drain()", options, ["seconds"]);
    const { seconds = SECONDS } = options;
    if (typeof seconds !== "number" || !(seconds >= 0 && seconds < Infinity)) {
      throw new RangeError(`seconds is ${String(seconds)}, expected a number of seconds from 0 on`);
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
    this.#step = seconds * 1000 * SPREAD / Math.max(1, registry.size);
    this.#told = 0;
    this.#lives = registry.values();
    this.#planNext();
    this.#work();
    return this.#result;
  }

  /** A socket has ended. */
  ended(live: LiveSocket<Row>): void {
    if (this.#result === null) return;
    this.#leaving.delete(live);
    this.#finishIfEmpty();
  }

  /** Waits for nothing any more; the sockets stay as they are. */
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
    const pause = Math.max(this.#next - now, SHORTEST_PAUSE);
    this.#cancel();
    this.#cancel = timers.after(Math.min(pause, LONGEST_PAUSE, this.#end - now), () => this.#work());
  }

  #tell(live: LiveSocket<Row>): void {
    const { code, reason } = refusal("server_restart");
    this.#leaving.add(live);
    this.#told++;
    this.#closed++;
    // On Bun, the last one has ended with this, and the drain with it.
    live.end(code, reason);
    this.#planNext();
  }

  /** At some moment of its own part of the time, so that no two nodes close theirs in step. */
  #planNext(): void {
    const chance = this.#parts.core.randomBytes(1)[0]! / 256;
    this.#next = this.#start + (this.#told + chance) * this.#step;
  }

  /** Ends the drain where no socket is left; says whether that is so. */
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
