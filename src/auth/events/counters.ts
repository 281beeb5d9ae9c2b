/** How often each thing happened: for Prometheus, OpenTelemetry, or whatever else counts. */

import { REFUSALS } from "../../internal/refusals.ts";
import type { AuthEvent } from "./events.ts";

/** How often one kind of event happened since start. */
export interface EventCount {
  /** The `type` of the events. */
  readonly type: AuthEvent["type"];
  /**
   * Their `code`, for errors their `where`, for `sockets.disconnected` their `by`; `""` for events that have none of it. One
   * of a bounded set.
   */
  readonly code: string;
  /** How often. */
  readonly count: number;
}

/** Counts events. */
export class EventCounters {
  readonly #counts: Map<string, { type: AuthEvent["type"]; code: string; count: number }> = new Map();

  /** Counts one. */
  add(event: AuthEvent): void {
    const code = labelOf(event);
    const key = code === "" ? event.type : `${event.type} ${code}`;
    const found = this.#counts.get(key);
    if (found === undefined) this.#counts.set(key, { type: event.type, code, count: 1 });
    else found.count++;
  }

  /** What was counted so far, as it is now. */
  read(): EventCount[] {
    return [...this.#counts.values()].map((counted) => ({ ...counted }));
  }
}

/** Codes from here on are an application's, and of a client's choice. */
const FIRST_PRIVATE_CODE = 3000;
/** All codes that djauth itself closes with. */
const OWN_CODES: ReadonlySet<number> = new Set(Object.values(REFUSALS).map(([code]) => code));

function labelOf(event: AuthEvent): string {
  if (event.type === "error") return event.where;
  if (event.type === "sockets.disconnected") return event.by;
  if (!("code" in event)) return "";
  const { code } = event;
  // Two thousand codes to choose from: a stranger must not decide how many lines a dashboard has.
  if (typeof code === "number" && code >= FIRST_PRIVATE_CODE && !OWN_CODES.has(code)) return "other";
  return String(code);
}
