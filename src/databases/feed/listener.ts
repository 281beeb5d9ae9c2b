/** The port between a feed and a driver: one connection that listens. The feed decides when the next one is opened. */

import type { DjauthError } from "../../errors.ts";

/** The handlers of a {@link Listener}. None is called after `onLost` or `close()`. */
export interface ListenerHandlers {
  /** Called once LISTEN is confirmed: no later message is missed. */
  readonly onListening: () => void;
  /** Called with each message on the channel, including those of this node. */
  readonly onMessage: (payload: string) => void;
  /** Called when the connection broke, or could not be established. */
  readonly onLost: (error: DjauthError) => void;
}

/** One connection that listens on one channel, and is discarded when it is lost. */
export interface Listener {
  /**
   * Sends a message of less than 8,000 bytes to all listeners, including this node.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the connection breaks before the database has accepted it
   */
  notify(payload: string): Promise<void>;
  /** Closes the connection immediately, without waiting for the server, which may hang. */
  close(): void;
}

/** Opens a {@link Listener}. Failures are reported by `onLost`; no handler is called before this returns. */
export type OpenListener = (channel: string, handlers: ListenerHandlers) => Listener;
