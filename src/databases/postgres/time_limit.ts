/** How long a statement may take, and by whose timers. */

import type { Timers } from "../../internal/time/timers.ts";

/** The time that there is for one read or one transaction, all attempts included. */
export interface TimeLimit {
  readonly milliseconds: number;
  readonly timers: Timers;
}

/** Begins now, and says what is left: a millisecond at least. */
export function timeLeft({ milliseconds, timers }: TimeLimit): () => TimeLimit {
  const due = timers.now() + milliseconds;
  return () => ({ milliseconds: Math.max(1, due - timers.now()), timers });
}
