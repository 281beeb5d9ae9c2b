/** Closes many sockets, a few at a time: between them the event loop gets its turn. */

import { pause } from "../../internal/time/pause.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { LiveSocket } from "./registry.ts";

/** With what a socket is closed. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** Sockets at a time: a few milliseconds' work. */
const CHUNK = 100;

/**
 * Closes these; the first of them at once.
 *
 * @returns how many there were that were not told to close by then
 */
export async function closeAll<Row extends object>(
  lives: Iterable<LiveSocket<Row>>,
  { code, reason }: Ending,
  timers: Timers,
): Promise<number> {
  let closed = 0;
  for (const live of lives) {
    if (live.isClosing) continue;
    if (closed > 0 && closed % CHUNK === 0) {
      await pause(timers, 0);
      if (live.isClosing) continue;
    }
    live.end(code, reason);
    closed++;
  }
  return closed;
}
