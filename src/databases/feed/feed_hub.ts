/** One feed for all who listen in a process: its connection is opened when the first of them needs it, and for good. */

import type { Feed, FeedHandlers } from "../../feed.ts";

/** Who listens. */
export interface FeedListener extends Partial<FeedHandlers> {
  /** The feed is being closed on purpose, and tells of nothing any more. */
  readonly onClose?: () => void;
}

/** A feed that several listen to. */
export interface FeedHub {
  /** The feed; `null` before {@link FeedHub.open}, after {@link FeedHub.close}, and where there is none. */
  readonly current: Feed | null;
  /** Opens it, if that was not done. Nothing happens any more after {@link FeedHub.close}. */
  open(): void;
  /** Tells what the feed tells from now on, to one after the other. */
  listen(listener: FeedListener): void;
  /** Ends it. */
  close(): Promise<void>;
}

/** @param openFeed `null` where there is no feed: then nobody ever hears anything */
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
      // Nothing is heard of one that was closed, whatever it says of itself.
      feed = null;
      listeners.forEach(({ onClose }) => onClose?.());
      await last?.close();
    },
  };
}
