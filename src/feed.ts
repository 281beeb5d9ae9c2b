/**
 * The port to a database that notifies of changes: a channel on which every node receives what the triggers and the
 * other nodes send. The messages are described in `internal/feed_message.ts`.
 */

import type { DjauthError } from "./errors.ts";

/** The handlers of a {@link Feed}. They must not throw: an error in one of them counts as the loss of the feed. */
export interface FeedHandlers {
  /** Called for every message except heartbeats. It may be forged: a hint, never an order. */
  readonly onMessage: (payload: string) => void;
  /**
   * Called when the feed is live, for the first time or again. Earlier messages may have been missed: re-check
   * everything.
   */
  readonly onRestored: () => void;
  /** Called when the feed is no longer live, or could not be opened at first; once, until it is live again. */
  readonly onLost: (error: DjauthError) => void;
}

/** A permanent subscription to a channel: lost connections are detected and replaced. */
export interface Feed {
  /** The random name of this node in the roster. */
  readonly nodeId: string;
  /** Whether the database has confirmed the channel and the last heartbeat arrived in time. */
  readonly isLive: boolean;
  /** Whether it has been live for longer than one heartbeat, so that every living node has been heard. */
  readonly knowsAll: boolean;
  /** Returns the nodes heard within three heartbeats, this one included; only this one while the feed is lost. */
  nodes(): string[];
  /**
   * Sends a string of less than 8,000 bytes to all nodes, this one included.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the feed is not live, or is lost before the message was
   * sent
   * @throws {RangeError} if the string is too long
   */
  notify(payload: string): Promise<void>;
  /** Notifies the other nodes, and ends the connection and all timers. */
  close(): Promise<void>;
}
