/** The port between a feed and a driver: one connection that listens. When the next one is opened, the feed decides. */

import type { DjauthError } from "../../errors.ts";

/** What a {@link Listener} tells. After `onLost`, and after `close()`, it tells nothing more. */
export interface ListenerHandlers {
  /** From here on nothing that is sent over the channel is missed. */
  readonly onListening: () => void;
  /** Something was sent over the channel, by this node perhaps. */
  readonly onMessage: (payload: string) => void;
  /** The connection broke, or could not be made. */
  readonly onLost: (error: DjauthError) => void;
}

/** One connection that listens to one channel, used until it is lost and never again. */
export interface Listener {
  /**
   * Sends a text of less than 8,000 bytes to all who listen, this node included.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the connection breaks before the database has taken it
   */
  notify(payload: string): Promise<void>;
  /** Ends the connection at once; does not wait for the server, which may stand still. */
  close(): void;
}

/** Opens a {@link Listener}; what goes wrong is told by `onLost`, and nothing is told before this has returned. */
export type OpenListener = (channel: string, handlers: ListenerHandlers) => Listener;
