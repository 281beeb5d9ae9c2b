/**
 * Sockets of which nothing can be found out although the database answers: a row that cannot be read, or that the role
 * may not see. They are looked at again for the grace period of an outage; then each of them ends alone.
 */

import type { AuthCore } from "../../auth/core/core.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { LiveSocket } from "../registry/registry.ts";
import type { Recheck } from "./recheck.ts";

/** The dependencies of {@link Strays}. */
export interface StraysParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly recheck: Recheck<Row>;
  /** The database gave no answer. */
  readonly onOutage: (error: unknown) => void;
}

/** Seconds between two looks at the strays, whether or not there are rounds. */
const PAUSE = 30;

/** The strays of a node. */
export class Strays<Row extends object> {
  readonly #parts: StraysParts<Row>;
  /** With `timers.now()` of the first look that threw; the longest known come first. */
  readonly #since: Map<LiveSocket<Row>, number> = new Map();
  #cancel: (() => void) | null = null;

  constructor(parts: StraysParts<Row>) {
    this.#parts = parts;
  }

  /** Takes up those at which a look threw, and tells what it threw, once for each of them. */
  add(strays: ReadonlyMap<LiveSocket<Row>, unknown>): void {
    const { timers, emit } = this.#parts.core;
    // A batch of look-ups that was refused as a whole has one error for all.
    const errors = new Set<unknown>();
    for (const [live, error] of strays) {
      if (live.isClosing || this.#since.has(live)) continue;
      this.#since.set(live, timers.now());
      errors.add(error);
    }
    for (const error of errors) emit({ type: "error", where: "revalidation", error });
    if (this.#cancel === null) this.#plan();
  }

  /** There are no sockets any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#since.clear();
  }

  #plan(): void {
    const [first] = this.#since.values();
    if (first === undefined) return;
    const { timers } = this.#parts.core;
    const left = first + this.#grace - timers.now();
    this.#cancel = timers.after(
      left > 0 ? Math.min(left, PAUSE * 1000) : PAUSE * 1000,
      () => void this.#look(),
    );
  }

  async #look(): Promise<void> {
    const { core: { timers }, recheck, onOutage } = this.#parts;
    const own = this.#cancel;
    const looked = [...this.#since];
    const { outage, strays } = await recheck.run(looked.map(([live]) => live), "revalidation");
    // Stopped meanwhile.
    if (this.#cancel !== own) return;
    this.#cancel = null;
    const { code, reason } = refusal("server_error");
    // Those alone: of one that came meanwhile, nothing is known.
    for (const [live, since] of looked) {
      const isOver = strays.has(live) && timers.now() - since >= this.#grace;
      if (isOver) live.end(code, reason);
      if (live.isClosing || (outage === null && !strays.has(live))) this.#since.delete(live);
    }
    if (outage !== null) onOutage(outage.error);
    this.#plan();
  }

  /** Milliseconds. */
  get #grace(): number {
    return this.#parts.core.settings.sockets.outageGrace * 1000;
  }
}
