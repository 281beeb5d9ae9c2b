/** The feed of a Postgres database: LISTEN and NOTIFY over a dedicated connection. */

import type { Feed, FeedHandlers } from "../../feed.ts";
import { requireSeconds } from "../../internal/option_checks.ts";
import { SYSTEM_RANDOM } from "../../internal/random.ts";
import { SYSTEM_TIMERS, type Timers } from "../../internal/time/timers.ts";
import type { RandomBytes } from "../../types.ts";
import { createFeed } from "../feed/feed.ts";
import { openPostgresListener } from "./listener.ts";
import { requireSource } from "./source.ts";
import type { PostgresClient } from "./client.ts";

/** Options of {@link createPostgresFeed}. */
export interface PostgresFeedOptions extends FeedHandlers {
  /**
   * The channel, at most 63 bytes, or a function that looks it up, such as `channel()` of {@link createTriggers}; it is
   * called with each attempt until it succeeds.
   */
  readonly channel: string | (() => Promise<string>);
  /** Seconds between two heartbeats; 2 if not given. */
  readonly heartbeat?: number | undefined;
  /** Seconds within which a heartbeat must be heard, and a connection made; 2 if not given. */
  readonly deadline?: number | undefined;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
  /** The runtime's if not given. */
  readonly randomBytes?: RandomBytes | undefined;
}

const DEFAULT_SECONDS = 2;
/** A feed that is checked less than once an hour would be useless. */
const MAX_SECONDS = 3600;

/**
 * Opens the feed of a Postgres database. It connects immediately, over a dedicated connection, and stays connected
 * until `close()`: lost connections are noticed within a heartbeat and its deadline, and replaced.
 *
 * @param source a `postgres://` URL, or an instance of postgres.js, whose address and settings are copied. It must lead
 *   to Postgres itself: LISTEN does not work through PgBouncer in transaction mode, where the feed counts as lost
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid `source`, `heartbeat` or `deadline`
 *
 * @example For a driver of your own, with the channel of its triggers
 * ```ts
 * import { createPostgresFeed, type Database, type DjangoAuth, djangoAuth } from "@djauth/djauth";
 *
 * export function site(secretKey: string, database: Database, url: string): DjangoAuth {
 *   const auth: DjangoAuth = djangoAuth({
 *     secretKey,
 *     database,
 *     sockets: {
 *       feed: (handlers) =>
 *         createPostgresFeed(url, { ...handlers, channel: () => auth.triggers.channel(), heartbeat: 5 }),
 *     },
 *   });
 *   return auth;
 * }
 * ```
 */
export function createPostgresFeed(source: PostgresClient | string, options: PostgresFeedOptions): Feed {
  const { heartbeat = DEFAULT_SECONDS, deadline = DEFAULT_SECONDS } = options;
  requireSeconds("heartbeat", heartbeat, { to: MAX_SECONDS });
  requireSeconds("deadline", deadline, { to: MAX_SECONDS });
  const address = requireSource("source", source);
  const { timers = SYSTEM_TIMERS } = options;
  return createFeed({
    onMessage: options.onMessage,
    onRestored: options.onRestored,
    onLost: options.onLost,
    open: (channel, handlers) => openPostgresListener(address, channel, handlers, timers),
    channel: options.channel,
    interval: heartbeat * 1000,
    deadline: deadline * 1000,
    connectTimeout: deadline * 1000,
    timers,
    randomBytes: options.randomBytes ?? SYSTEM_RANDOM,
  });
}
