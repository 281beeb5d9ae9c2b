/** How long a read or a transaction may take, and the timers that measure it. */

import type { Timers } from "../../internal/time/timers.ts";

/** The time for one read or one transaction, including all attempts. */
export interface TimeLimit {
  readonly milliseconds: number;
  readonly timers: Timers;
}

/** Starts the time; the result returns what is left of it, at least a millisecond. */
export function timeLeft({ milliseconds, timers }: TimeLimit): () => TimeLimit {
  const due = timers.now() + milliseconds;
  return () => ({ milliseconds: Math.max(1, due - timers.now()), timers });
}
