/** Counts events, for Prometheus, OpenTelemetry and the like. */

import { CLOSE_CODES } from "../../internal/close_codes.ts";
import type { AuthEvent } from "./events.ts";

/** How often one kind of event has happened since start. */
export interface EventCount {
  /** The `type` of the events. */
  readonly type: AuthEvent["type"];
  /**
   * Their `code`, for errors their `where`, for `sockets.disconnected` their `by`; `""` for events without any of
   * these. From a bounded set.
   */
  readonly code: string;
  /** The number of events. */
  readonly count: number;
}

/** Counts events. */
export class EventCounters {
  readonly #counts: Map<string, { type: AuthEvent["type"]; code: string; count: number }> = new Map();

  /** Counts an event. */
  add(event: AuthEvent): void {
    const code = labelOf(event);
    const key = code === "" ? event.type : `${event.type} ${code}`;
    const found = this.#counts.get(key);
    if (found === undefined) this.#counts.set(key, { type: event.type, code, count: 1 });
    else found.count++;
  }

  /** Returns a snapshot of the counts. */
  read(): EventCount[] {
    return [...this.#counts.values()].map((counted) => ({ ...counted }));
  }
}

/** Close codes from here on are for applications, and a client may choose any. */
const FIRST_PRIVATE_CODE = 3000;
/** All close codes that djauth itself uses. */
const OWN_CODES: ReadonlySet<number> = new Set(Object.values(CLOSE_CODES));

function labelOf(event: AuthEvent): string {
  if (event.type === "error") return event.where;
  if (event.type === "sockets.disconnected") return event.by;
  if (!("code" in event)) return "";
  const { code } = event;
  // Clients can choose from two thousand codes, and must not decide how many series a dashboard has.
  if (typeof code === "number" && code >= FIRST_PRIVATE_CODE && !OWN_CODES.has(code)) return "other";
  return String(code);
}
