/**
 * Deadlines without a timer each: setting and clearing one costs several microseconds on Deno, at every query. One
 * timer looks after all that is under way, at most a twentieth of the deadline late.
 */

const SWEEPS_PER_DEADLINE = 20;

/** Makes `start`, which calls `sweep` with the present `performance.now()` again and again until it answers `false`. */
export function createSweeper(milliseconds: number, sweep: (now: number) => boolean): () => void {
  const interval = Math.max(1, milliseconds / SWEEPS_PER_DEADLINE);
  let isRunning = false;
  const tick = (): void => {
    if (sweep(performance.now())) setTimeout(tick, interval);
    else isRunning = false;
  };
  return () => {
    if (isRunning) return;
    isRunning = true;
    setTimeout(tick, interval);
  };
}
