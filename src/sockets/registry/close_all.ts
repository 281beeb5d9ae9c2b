/** Closes many sockets, a few at a time, so that the event loop gets its turn in between. */

import { pause } from "../../internal/time/pause.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { LiveSocket } from "./registry.ts";

/** The code and reason that a socket is closed with. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** How many sockets are closed at a time, which takes a few milliseconds. */
const CHUNK = 100;

/**
 * Closes these, the first of them synchronously.
 *
 * @returns how many were closed, without those that were closing already
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
