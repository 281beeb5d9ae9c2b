/** The feed of one `djangoAuth()`, shared by its sockets and its identity cache. */

import { isDatabase } from "../../database.ts";
import { createFeedHub, type FeedHub } from "../../databases/feed/feed_hub.ts";
import { createPostgresFeed } from "../../databases/postgres/feed.ts";
import type { Feed, FeedHandlers } from "../../feed.ts";
import { SYSTEM_TIMERS } from "../../internal/time/timers.ts";
import type { EventListener } from "../events/events.ts";
import type { DjangoAuthOptions } from "../options/options.ts";

/** The dependencies of {@link createSiteFeed}. */
export interface SiteFeedParts {
  /** The channel of the feed. */
  readonly channel: () => Promise<string>;
  readonly emit: EventListener;
}

/**
 * Creates the feed of these options; it connects on first use.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid URL of the feed
 */
export function createSiteFeed<Row extends object>(
  options: DjangoAuthOptions<Row>,
  { channel, emit }: SiteFeedParts,
): FeedHub {
  const { timers = SYSTEM_TIMERS } = options;
  const open = feedOpener(options, channel);
  /** `timers.now()` of when the feed was lost or first opened. */
  let lostSince = 0;
  const hub = createFeedHub(
    open === null ? null : (handlers) => {
      lostSince = timers.now();
      return open(handlers);
    },
  );
  hub.listen({
    onRestored: () => emit({ type: "feed.restored", milliseconds: timers.now() - lostSince }),
    onLost(error) {
      lostSince = timers.now();
      emit({ type: "feed.lost", error });
    },
  });
  return hub;
}

/** Returns how to open the feed, or `null`: a custom driver has none, unless `sockets.feed` is given. */
function feedOpener<Row extends object>(
  { database, sockets: { feed = true } = {}, timers, randomBytes }: DjangoAuthOptions<Row>,
  channel: () => Promise<string>,
): ((handlers: FeedHandlers) => Feed) | null {
  if (typeof feed === "function") return feed;
  const source = typeof feed === "string" ? feed : feed && !isDatabase(database) ? database : null;
  if (source === null) return null;
  return (handlers) => createPostgresFeed(source, { ...handlers, channel, timers, randomBytes });
}
