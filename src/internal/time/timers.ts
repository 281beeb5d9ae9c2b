/** Timers and a clock that only goes forward, used where no others are given. */

/** The slice of a runtime's timers that djauth uses; tests pass their own. */
export interface Timers {
  /** Milliseconds of a clock that is never set back, as `performance.now()`. */
  now(): number;
  /** Runs `work` once after so many milliseconds, unless what it returns was called before. */
  after(milliseconds: number, work: () => void): () => void;
}

/** Those of the runtime. */
export const SYSTEM_TIMERS: Timers = {
  now: () => performance.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds);
    return () => clearTimeout(timer);
  },
};
