/**
 * A client of postgres.js with one connection, used for the life of that connection and never again: after a break
 * postgres.js may resolve statements that were never answered, or hand the answer of one statement to another.
 * The only place that imports the package `postgres`.
 */

import { parseTimestamp } from "./postgres_timestamp.ts";
import type { PostgresClient } from "./postgres_types.ts";

const TIMESTAMP = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: unknown): string => value instanceof Date ? value.toISOString() : String(value),
  parse: parseTimestamp,
};

/** How a lane is opened. */
export interface LaneOptions {
  readonly url: string;
  /** Seconds until an attempt to connect is given up. */
  readonly connectTimeout: number;
  /** Seconds without a statement after which the connection is closed; `null` keeps it. */
  readonly idleTimeout: number | null;
  /** Called once, when the connection is gone or the lane was given up. */
  readonly onLost: (lane: Lane) => void;
}

/** One connection. */
export class Lane {
  readonly client: PostgresClient;
  /** Whether anything was ever answered over it. */
  hasAnswered = false;
  isLost = false;
  #onLost: (lane: Lane) => void;

  constructor(options: LaneOptions, open: (lane: Lane) => PostgresClient) {
    this.#onLost = options.onLost;
    this.client = open(this);
  }

  /** Gives the connection up; whatever is under way over it is rejected by postgres.js. */
  lose(): void {
    if (this.isLost) return;
    this.isLost = true;
    this.#onLost(this);
    this.client.end({ timeout: 0 }).then(undefined, () => {});
  }
}

/** Makes a lane; it connects with its first statement. */
export async function openLane(options: LaneOptions): Promise<Lane> {
  const { default: postgres } = await import("postgres");
  return new Lane(options, (lane) =>
    postgres(options.url, {
      max: 1,
      connect_timeout: options.connectTimeout,
      idle_timeout: options.idleTimeout ?? undefined,
      // Never: it would end the connection in the middle of a transaction.
      max_lifetime: null,
      // A round trip less before the first answer; no array types are needed.
      fetch_types: false,
      connection: { application_name: "djauth" },
      types: { timestamp: TIMESTAMP },
      onnotice: () => {},
      onclose: () => lane.lose(),
    }));
}
