/** One feed for all who listen in a process: its connection is opened when the first of them needs it, and for good. */

import type { Feed, FeedHandlers } from "../../feed.ts";

/** A feed that several listen to. */
export interface FeedHub {
  /** The feed; `null` before {@link FeedHub.open}, after {@link FeedHub.close}, and where there is none. */
  readonly current: Feed | null;
  /** Opens it, if that was not done. Nothing happens any more after {@link FeedHub.close}. */
  open(): void;
  /** Tells what the feed tells from now on, to one after the other. */
  listen(handlers: Partial<FeedHandlers>): void;
  /** Ends it. */
  close(): Promise<void>;
}

/** @param openFeed `null` where there is no feed: then nobody ever hears anything */
export function createFeedHub(openFeed: ((handlers: FeedHandlers) => Feed) | null): FeedHub {
  const listeners: Partial<FeedHandlers>[] = [];
  let feed: Feed | null = null;
  let isClosed = false;
  return {
    get current() {
      // Nothing is heard of one that was closed, whatever it says of itself.
      return isClosed ? null : feed;
    },
    open() {
      if (feed !== null || openFeed === null || isClosed) return;
      feed = openFeed({
        onMessage: (payload) => listeners.forEach(({ onMessage }) => onMessage?.(payload)),
        onRestored: () => listeners.forEach(({ onRestored }) => onRestored?.()),
        onLost: (error) => listeners.forEach(({ onLost }) => onLost?.(error)),
      });
    },
    listen: (handlers) => void listeners.push(handlers),
    async close() {
      const last = feed;
      isClosed = true;
      feed = null;
      await last?.close();
    },
  };
}
