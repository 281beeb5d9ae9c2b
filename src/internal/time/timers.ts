/** Timers and a monotonic clock, the default where no others are given. */

/** The slice of a runtime's timers that djauth uses; tests pass their own. */
export interface Timers {
  /** Returns the milliseconds of a monotonic clock, like `performance.now()`. */
  now(): number;
  /** Runs `work` once after this many milliseconds; calling the returned function cancels it. */
  after(milliseconds: number, work: () => void): () => void;
}

/** The timers of the runtime. */
export const SYSTEM_TIMERS: Timers = {
  now: () => performance.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};
