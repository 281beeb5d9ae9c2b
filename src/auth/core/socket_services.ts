/** What the sockets of a node need of a `djangoAuth()` beside its core, and nothing else does. */

import { isDatabase } from "../../database.ts";
import { createPostgresFeed } from "../../databases/postgres/feed.ts";
import { requireUrl } from "../../databases/postgres/source.ts";
import type { Feed, FeedHandlers } from "../../feed.ts";
import type { Clock } from "../../types.ts";
import type { DjangoAuthOptions } from "../options/options.ts";
import { keysOf } from "../options/settings.ts";
import type { OwnChanges } from "./own_changes.ts";
import { createSeal, type Seal } from "./seal.ts";

/** The services of a node's sockets. */
export interface SocketServices {
  /** Opens the feed of the database; `null` where there is none to listen to. */
  readonly openFeed: ((handlers: FeedHandlers) => Feed) | null;
  /** What this process itself does to logins. */
  readonly ownChanges: OwnChanges;
  /** Signs what nodes say to each other. */
  readonly seal: Seal;
}

/** The dependencies of {@link createSocketServices}. */
export interface SocketServicesParts {
  readonly ownChanges: OwnChanges;
  readonly clock: Clock;
  /** The channel of the feed. */
  readonly channel: () => Promise<string>;
}

/**
 * Makes the services of these options.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an address of the feed that cannot be
 */
export function createSocketServices<Row extends object>(
  options: DjangoAuthOptions<Row>,
  { ownChanges, clock, channel }: SocketServicesParts,
): SocketServices {
  return {
    openFeed: feedOpener(options, channel),
    ownChanges,
    seal: createSeal(keysOf(options), clock),
  };
}

/** How the feed is opened, where there is one: a driver of one's own has none, unless `sockets.feed` says how. */
function feedOpener<Row extends object>(
  { database, sockets: { feed = true } = {}, timers, randomBytes }: DjangoAuthOptions<Row>,
  channel: () => Promise<string>,
): SocketServices["openFeed"] {
  if (typeof feed === "function") return feed;
  const source = typeof feed === "string" ? feed : feed && !isDatabase(database) ? database : null;
  if (source === null) return null;
  // Here and not when it is opened: by then a socket would have to bear it.
  if (typeof feed === "string") requireUrl("sockets.feed", feed);
  return (handlers) => createPostgresFeed(source, { ...handlers, channel, timers, randomBytes });
}
