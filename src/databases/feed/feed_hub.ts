/** One feed for all listeners of a process, opened when the first of them needs it and kept open. */

import type { Feed, FeedHandlers } from "../../feed.ts";

/** A listener. */
export interface FeedListener extends Partial<FeedHandlers> {
  /** Called when the feed is closed on purpose; no further calls follow. */
  readonly onClose?: () => void;
}

/** A feed with several listeners. */
export interface FeedHub {
  /** The feed; `null` before {@link FeedHub.open}, after {@link FeedHub.close}, and without a feed. */
  readonly current: Feed | null;
  /** Opens the feed, unless it is open. Does nothing after {@link FeedHub.close}. */
  open(): void;
  /** Adds a listener for all further events; listeners are called one after another. */
  listen(listener: FeedListener): void;
  /** Closes the feed. */
  close(): Promise<void>;
}

/**
 * Creates a hub.
 *
 * @param openFeed `null` without a feed: then no listener is ever called
 */
export function createFeedHub(openFeed: ((handlers: FeedHandlers) => Feed) | null): FeedHub {
  const listeners: FeedListener[] = [];
  let feed: Feed | null = null;
  let isClosed = false;
  return {
    get current() {
      return feed;
    },
    open() {
      if (feed !== null || openFeed === null || isClosed) return;
      feed = openFeed({
        onMessage: (payload) => listeners.forEach(({ onMessage }) => onMessage?.(payload)),
        onRestored: () => listeners.forEach(({ onRestored }) => onRestored?.()),
        onLost: (error) => listeners.forEach(({ onLost }) => onLost?.(error)),
      });
    },
    listen: (listener) => void listeners.push(listener),
    async close() {
      const last = feed;
      isClosed = true;
      // A closed feed is not consulted any more, whatever it claims.
      feed = null;
      listeners.forEach(({ onClose }) => onClose?.());
      await last?.close();
    },
  };
}
