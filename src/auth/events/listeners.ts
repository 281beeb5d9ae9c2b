/** Wrappers for listeners: one that cannot throw, and one that does not report a lasting condition again and again. */

import type { Clock } from "../../types.ts";
import type { EventListener } from "./events.ts";

/** The interval between two events of a lasting condition. */
const REPEAT_INTERVAL_MS = 60_000;

/** Limits reports to one a minute for each detail: one cookie that is sent again and again must not fill a log. */
export function throttled<Detail>(
  report: (detail: Detail) => void,
  clock: Clock,
): (detail: Detail) => void {
  const last = new Map<Detail, number>();
  return (detail) => {
    const now = clock.now();
    if (now - (last.get(detail) ?? -Infinity) < REPEAT_INTERVAL_MS) return;
    last.set(detail, now);
    report(detail);
  };
}

/** Wraps a listener so that it cannot throw. */
export function safeListener(listener: EventListener): EventListener {
  return (event) => {
    // A broken logger must neither fail a request nor close a socket nor, if it is asynchronous, end the process.
    try {
      const result: unknown = listener(event);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // A listener cannot be notified of its own failure.
    }
  };
}
