/** Waiting, with the given timers. */

import type { Timers } from "./timers.ts";

/** Resolves after this many milliseconds. It cannot be cancelled: for short waits only. */
export function pause(timers: Timers, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void timers.after(milliseconds, resolve));
}
