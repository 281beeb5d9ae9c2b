/**
 * Sockets whose recheck fails although the database answers: a row cannot be read, or the role may not see it. They are
 * retried for the grace period of an outage; then each is closed individually.
 */

import type { AuthCore } from "../../auth/core/core.ts";
import type { DjauthError } from "../../errors.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { LiveSocket } from "../registry/registry.ts";
import type { Recheck } from "./recheck.ts";

/** The dependencies of {@link Strays}. */
export interface StraysParts<Row extends object> {
  readonly core: Pick<AuthCore<Row>, "emit" | "settings" | "timers">;
  readonly recheck: Recheck<Row>;
  /** Called when the database did not answer. */
  readonly onOutage: (error: DjauthError) => void;
}

/** The pause between two rechecks of the strays, whether or not there are rounds. */
const RETRY_MS = 30_000;

/** The strays of a node. */
export class Strays<Row extends object> {
  readonly #parts: StraysParts<Row>;
  /** With `timers.now()` at the first recheck that threw; the oldest come first. */
  readonly #since: Map<LiveSocket<Row>, number> = new Map();
  #cancel: (() => void) | null = null;

  constructor(parts: StraysParts<Row>) {
    this.#parts = parts;
  }

  /** Adds sockets whose recheck threw, and reports each new error once. */
  add(strays: ReadonlyMap<LiveSocket<Row>, unknown>): void {
    const { timers, emit } = this.#parts.core;
    // A batch of look-ups that fails as a whole has one error for all.
    const errors = new Set<unknown>();
    for (const [live, error] of strays) {
      if (live.isClosing || this.#since.has(live)) continue;
      this.#since.set(live, timers.now());
      errors.add(error);
    }
    for (const error of errors) emit({ type: "error", where: "revalidation", error });
    if (this.#cancel === null) this.#plan();
  }

  /** Drops all strays: there are no more sockets. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#since.clear();
  }

  #plan(): void {
    const [first] = this.#since.values();
    if (first === undefined) return;
    const { timers } = this.#parts.core;
    const left = first + this.#graceMs - timers.now();
    this.#cancel = timers.after(left > 0 ? Math.min(left, RETRY_MS) : RETRY_MS, () => void this.#retry());
  }

  async #retry(): Promise<void> {
    const { core: { timers }, recheck, onOutage } = this.#parts;
    const own = this.#cancel;
    const retried = [...this.#since];
    const { outage, strays } = await recheck.run(retried.map(([live]) => live), "revalidation");
    // It was stopped meanwhile.
    if (this.#cancel !== own) return;
    this.#cancel = null;
    const { code, reason } = refusal("server_error");
    // Only those that were rechecked, not strays added meanwhile.
    for (const [live, since] of retried) {
      const isOver = strays.has(live) && timers.now() - since >= this.#graceMs;
      if (isOver) live.end(code, reason);
      if (live.isClosing || (outage === null && !strays.has(live))) this.#since.delete(live);
    }
    if (outage !== null) onOutage(outage.error);
    this.#plan();
  }

  get #graceMs(): number {
    return this.#parts.core.settings.sockets.outageGrace * 1000;
  }
}
