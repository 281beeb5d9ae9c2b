/**
 * A client of postgres.js with one connection, discarded together with that connection: after a break, postgres.js may
 * resolve statements that were never answered, or hand the answer to one statement to another. The only file that
 * imports the package `postgres`.
 */

import { type DjauthError, ImproperlyConfigured } from "../../errors.ts";
import { parseTimestamp } from "../../internal/postgres_timestamp.ts";
import type { Timers } from "../../internal/time/timers.ts";
import { deniedVariable, isDenied, translateError } from "./errors.ts";
import { type Place, placeOf } from "./place.ts";
import type { PostgresSource } from "./source.ts";
import { createTcpSockets, type TcpSockets } from "./tcp_sockets.ts";
import type { PostgresClient } from "./client.ts";

const TIMESTAMP = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: unknown): string => value instanceof Date ? value.toISOString() : String(value),
  parse: parseTimestamp,
};

/** Options of {@link openLane}. */
export interface LaneOptions {
  readonly source: PostgresSource;
  readonly timers: Timers;
  /** Seconds after which an attempt to connect is given up. */
  readonly connectTimeout: number;
  /** Seconds without a statement after which the connection is closed; `null` keeps it. */
  readonly idleTimeout: number | null;
  /** The name in `pg_stat_activity`, unless the source has one; `djauth` if not given. */
  readonly applicationName?: string | undefined;
  /** Called once, when the connection is gone or the lane is given up. */
  readonly onLost: (lane: Lane) => void;
  /** Receives the notifications on the channels that the connection listens on. */
  readonly onNotify?: ((channel: string, payload: string) => void) | undefined;
}

/** How long a lost connection may take to close gracefully, and its statement to be cancelled. */
const CLOSE_GRACE_MS = 1000;

/** One connection. */
export class Lane {
  readonly client: PostgresClient;
  /** Whether the server has ever answered over it. */
  hasAnswered = false;
  isLost = false;
  readonly #onLost: (lane: Lane) => void;
  readonly #sockets: TcpSockets;
  /** Where it connects to, for messages. */
  readonly place: Place;
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
      (error) => {
        this.#trouble ??= error;
        // Deno denies a connection before postgres.js listens to the socket, which would then wait until its timeout.
        if (this.isDenied) this.lose();
      },
    );
    this.client = open(this, this.#sockets.open);
    this.place = placeOf(source, this.client.options);
  }

  /** Whether Deno lacks the permission to connect; what postgres.js reports says nothing of it. */
  get isDenied(): boolean {
    return isDenied(this.#trouble);
  }

  /** Why it cannot be used. */
  get error(): DjauthError {
    return translateError(this.#trouble, this.place);
  }

  /**
   * Gives up the connection; postgres.js rejects whatever is in flight over it.
   *
   * @param error the reason, if known
   */
  lose(error?: unknown): void {
    this.#trouble ??= error;
    if (this.isLost) return;
    this.isLost = true;
    this.#onLost(this);
    this.client.end({ timeout: 0 }).then(undefined, () => {});
    // A hanging server never acknowledges that, and the connection would stay for ever.
    if (!this.#isDestroyed) this.#cancel = this.#timers.after(CLOSE_GRACE_MS, () => this.destroy());
  }

  /** Ends the connection when everything in flight is done, or after `timeout` seconds at the latest. */
  async close(timeout: number): Promise<void> {
    await this.client.end({ timeout });
    this.destroy();
  }

  /** Closes the socket without telling the server. */
  destroy(): void {
    this.#isDestroyed = true;
    this.#cancel();
    this.#sockets.destroy();
  }
}

/**
 * Opens a lane; it connects with its first statement.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` if postgres.js cannot be loaded, or refuses the source
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
      // No limit: it would end the connection in the middle of a transaction.
      max_lifetime: null,
      // Saves a round trip before the first answer; array types are not needed.
      fetch_types: false,
      onnotice: () => {},
      onclose: () => lane.lose(),
      ...(options.onNotify === undefined ? {} : { onnotify: options.onNotify }),
      ...(socket === undefined ? {} : { socket }),
    };
    const { source } = options;
    try {
      if (typeof source !== "string") {
        const connection = { ...Object(source.connection), ...READABLE_TIMESTAMPS };
        return open({ ...source, ...PLAIN, ...own, connection, shared: newShared() });
      }
      return open(source, {
        ...own,
        connection: { application_name: options.applicationName ?? "djauth", ...READABLE_TIMESTAMPS },
        types: { timestamp: TIMESTAMP },
      });
    } catch (error) {
      if (isDenied(error)) throw deniedVariable(error);
      // Its message may quote the URL.
      throw new ImproperlyConfigured("database could not be opened: postgres.js refuses its options");
    }
  });
}

/**
 * Overrides a database's own `DateStyle`, in which the expiry of a session could be misread as another day or not be
 * read at all, and its time zone: historical offsets have seconds, and a timestamp without a zone must mean the same
 * time everywhere.
 */
const READABLE_TIMESTAMPS = { DateStyle: "ISO", TimeZone: "UTC" };

/** Resets what the application's instance may have configured for its own rows. */
const PLAIN = {
  debug: false,
  transform: { undefined: undefined, column: {}, value: {}, row: {} },
  onnotify: undefined,
  onparameter: undefined,
};

/** Returns a new instance of the state that postgres.js shares between the connections of a client. */
function newShared(): object {
  return { retries: 0, typeArrayMap: {} };
}
