/** Around listeners: one cannot throw, and a condition that lasts is not told again and again. */

import type { Clock } from "../../types.ts";
import type { EventListener } from "./events.ts";

/** Seconds between two events of a condition that lasts. */
const PAUSE = 60;

/** Tells once a minute at most: one cookie that is sent again and again must not fill a log. */
export function createSparseTeller<Detail>(
  tell: (detail: Detail) => void,
  clock: Clock,
): (detail: Detail) => void {
  const last = new Map<Detail, number>();
  return (detail) => {
    const now = clock.now();
    if (now - (last.get(detail) ?? -Infinity) < PAUSE * 1000) return;
    last.set(detail, now);
    tell(detail);
  };
}

/** A listener that cannot throw. */
export function safeListener(listener: EventListener): EventListener {
  return (event) => {
    // A broken logger must neither end a request nor close a socket, nor, where it is asynchronous, the process.
    try {
      const result: unknown = listener(event);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // A listener is told of everything but of itself.
    }
  };
}
