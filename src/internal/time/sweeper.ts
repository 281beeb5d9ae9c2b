/**
 * Deadlines without a timer each: setting and clearing one costs several microseconds on Deno, for every query. One
 * timer watches everything in progress, and fires at most a twentieth of the deadline late.
 */

import { SYSTEM_TIMERS, type Timers } from "./timers.ts";

const SWEEPS_PER_DEADLINE = 20;

/** Creates `start`, which calls `sweep` with the current `timers.now()` repeatedly until it returns `false`. */
export function createSweeper(
  milliseconds: number,
  sweep: (now: number) => boolean,
  timers: Timers = SYSTEM_TIMERS,
): () => void {
  const interval = Math.max(1, milliseconds / SWEEPS_PER_DEADLINE);
  let isRunning = false;
  const tick = (): void => {
    if (sweep(timers.now())) timers.after(interval, tick);
    else isRunning = false;
  };
  return () => {
    if (isRunning) return;
    isRunning = true;
    timers.after(interval, tick);
  };
}
