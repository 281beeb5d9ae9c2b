/**
 * The port between what keeps sockets true and a database that tells of changes: a channel over which every node hears
 * what the triggers and the other nodes say. What travels over it is described in `internal/feed_message.ts`.
 */

import type { DjauthError } from "./errors.ts";

/** What a {@link Feed} tells. The handlers must not throw: an error in one of them counts as a feed that was lost. */
export interface FeedHandlers {
  /** Something came over the channel; heartbeats are kept back. It may be forged: a hint, never an order. */
  readonly onMessage: (payload: string) => void;
  /** The feed is live, for the first time or again. What happened before may have been missed: look at everything. */
  readonly onRestored: () => void;
  /** The feed is not live any more, or could not be opened at first; told once until it is live again. */
  readonly onLost: (error: DjauthError) => void;
}

/** A channel that is listened to for good: lost connections are noticed and replaced. */
export interface Feed {
  /** The random name of this node in the roster. */
  readonly nodeId: string;
  /** Whether the database confirmed the channel and the last heartbeat was heard in time. */
  readonly isLive: boolean;
  /** Whether it has been live for longer than a heartbeat: then every node that lives was heard. */
  readonly knowsAll: boolean;
  /** The nodes that were heard within three heartbeats, this one included; this one alone while the feed is lost. */
  nodes(): string[];
  /**
   * Sends a text of less than 8,000 bytes to all nodes, this one included.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the feed is not live, or is lost before it was sent
   * @throws {RangeError} when the text is too long
   */
  notify(payload: string): Promise<void>;
  /** Tells the other nodes, ends the connection and all timers. */
  close(): Promise<void>;
}
