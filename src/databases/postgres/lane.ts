/**
 * A client of postgres.js with one connection, used for the life of that connection and never again: after a break
 * postgres.js may resolve statements that were never answered, or hand the answer of one statement to another.
 * The only place that imports the package `postgres`.
 */

import { type DjauthError, ImproperlyConfigured } from "../../errors.ts";
import { parseTimestamp } from "../../internal/postgres_timestamp.ts";
import type { Timers } from "../../internal/time/timers.ts";
import { translateError } from "./errors.ts";
import { placeOf, type PostgresSource } from "./source.ts";
import { createTcpSockets, type TcpSockets } from "./tcp_sockets.ts";
import type { PostgresClient } from "./client.ts";

const TIMESTAMP = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: unknown): string => value instanceof Date ? value.toISOString() : String(value),
  parse: parseTimestamp,
};

/** How a lane is opened. */
export interface LaneOptions {
  readonly source: PostgresSource;
  readonly timers: Timers;
  /** Seconds until an attempt to connect is given up. */
  readonly connectTimeout: number;
  /** Seconds without a statement after which the connection is closed; `null` keeps it. */
  readonly idleTimeout: number | null;
  /** What `pg_stat_activity` shows, unless the source says it; `djauth` if not given. */
  readonly applicationName?: string | undefined;
  /** Called once, when the connection is gone or the lane was given up. */
  readonly onLost: (lane: Lane) => void;
  /** Gets what comes over the channels that the connection listens to. */
  readonly onNotify?: ((channel: string, payload: string) => void) | undefined;
}

/** Milliseconds in which a lost connection may still end in good order, and its statement be cancelled. */
const FAREWELL = 1000;

/** One connection. */
export class Lane {
  readonly client: PostgresClient;
  /** Whether anything was ever answered over it. */
  hasAnswered = false;
  isLost = false;
  readonly #onLost: (lane: Lane) => void;
  readonly #sockets: TcpSockets;
  /** Where it goes, for messages. */
  readonly place: string;
  #trouble: unknown;
  #isDestroyed = false;
  readonly #timers: Timers;
  #cancel: () => void = () => {};

  constructor(
    { source, timers, onLost }: LaneOptions,
    open: (lane: Lane, socket: TcpSockets["open"]) => PostgresClient,
  ) {
    this.#onLost = onLost;
    this.#timers = timers;
    this.#sockets = createTcpSockets(
      typeof source === "string" ? undefined : source.socket,
      (error) => this.#trouble ??= error,
    );
    this.client = open(this, this.#sockets.open);
    this.place = placeOf(source, this.client.options);
  }

  /** Why nothing can be asked over it. */
  get error(): DjauthError {
    return translateError(this.#trouble, this.place);
  }

  /**
   * Gives the connection up; whatever is under way over it is rejected by postgres.js.
   *
   * @param error why, where that is known
   */
  lose(error?: unknown): void {
    this.#trouble ??= error;
    if (this.isLost) return;
    this.isLost = true;
    this.#onLost(this);
    this.client.end({ timeout: 0 }).then(undefined, () => {});
    // A server that stands still never answers such an end: its connection would be there for ever.
    if (!this.#isDestroyed) this.#cancel = this.#timers.after(FAREWELL, () => this.destroy());
  }

  /** Ends the connection when what is under way is over, or after so many seconds in any case. */
  async close(timeout: number): Promise<void> {
    await this.client.end({ timeout });
    this.destroy();
  }

  /** Leaves the server without a word. */
  destroy(): void {
    this.#isDestroyed = true;
    this.#cancel();
    this.#sockets.destroy();
  }
}

/**
 * Makes a lane; it connects with its first statement.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` when there is no postgres.js, or it refuses the source
 */
export async function openLane(options: LaneOptions): Promise<Lane> {
  const { default: postgres } = await import("postgres").catch(() => {
    throw new ImproperlyConfigured('database needs the package "postgres", which could not be loaded');
  });
  const open = postgres as unknown as (...source: unknown[]) => PostgresClient;
  return new Lane(options, (lane, socket) => {
    const own = {
      max: 1,
      connect_timeout: options.connectTimeout,
      idle_timeout: options.idleTimeout,
      // Never: it would end the connection in the middle of a transaction.
      max_lifetime: null,
      // A round trip less before the first answer; no array types are needed.
      fetch_types: false,
      onnotice: () => {},
      onclose: () => lane.lose(),
      ...(options.onNotify === undefined ? {} : { onnotify: options.onNotify }),
      ...(socket === undefined ? {} : { socket }),
    };
    const { source } = options;
    try {
      if (typeof source !== "string") {
        const connection = { ...Object(source.connection), ...READABLE_MOMENTS };
        return open({ ...source, ...PLAIN, ...own, connection, shared: newShared() });
      }
      return open(source, {
        ...own,
        connection: { application_name: options.applicationName ?? "djauth", ...READABLE_MOMENTS },
        types: { timestamp: TIMESTAMP },
      });
    } catch {
      // Its message may quote the URL.
      throw new ImproperlyConfigured("database could not be opened: postgres.js refuses its options");
    }
  });
}

/**
 * A database may be set to write moments as people of one country do, and then the end of a session would be another day, or
 * none. In zones of old, moments have offsets with seconds; and what has no zone shall be taken for the same moment everywhere.
 */
const READABLE_MOMENTS = { DateStyle: "ISO", TimeZone: "UTC" };

/** What an instance of the application may have for its own rows; here it would only be in the way. */
const PLAIN = {
  debug: false,
  transform: { undefined: undefined, column: {}, value: {}, row: {} },
  onnotify: undefined,
  onparameter: undefined,
};

/** What postgres.js keeps between the connections of one instance. */
function newShared(): object {
  return { retries: 0, typeArrayMap: {} };
}
