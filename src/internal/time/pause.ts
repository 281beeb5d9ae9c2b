/** Waiting, by the timers that were given. */

import type { Timers } from "./timers.ts";

/** Resolves after so many milliseconds. Nobody can end it earlier: only for moments. */
export function pause(timers: Timers, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void timers.after(milliseconds, resolve));
}
