/** One connection of postgres.js that listens on one channel. `feed/feed.ts` decides when it is replaced. */

import { DatabaseUnavailable, type DjauthError } from "../../errors.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { Listener, ListenerHandlers } from "../feed/listener.ts";
import { translateError } from "./errors.ts";
import { type Lane, openLane } from "./lane.ts";
import { PREPARED } from "./statements.ts";
import type { PostgresSource } from "./source.ts";

/** The feed gives up earlier. */
const CONNECT_TIMEOUT_SECONDS = 30;

/** Opens a connection and listens. */
export function openPostgresListener(
  source: PostgresSource,
  channel: string,
  handlers: ListenerHandlers,
  timers: Timers,
): Listener {
  return new PostgresListener(source, channel, handlers, timers);
}

class PostgresListener implements Listener {
  readonly #channel: string;
  readonly #handlers: ListenerHandlers;
  #lane: Lane | null = null;
  #isOver = false;

  constructor(source: PostgresSource, channel: string, handlers: ListenerHandlers, timers: Timers) {
    this.#channel = channel;
    this.#handlers = handlers;
    this.#listen(source, timers).catch((error) => this.#fail(translateError(error, this.#lane?.place)));
  }

  async notify(payload: string): Promise<void> {
    if (this.#lane === null || this.#isOver) throw new DatabaseUnavailable("The feed is not live");
    try {
      await this.#lane.client.unsafe("select pg_notify($1, $2)", [this.#channel, payload], PREPARED).values();
    } catch (error) {
      throw translateError(error);
    }
  }

  close(): void {
    this.#isOver = true;
    // First postgres.js, which rejects what is in flight; then the socket, without waiting for the server.
    this.#lane?.lose();
    this.#lane?.destroy();
  }

  async #listen(source: PostgresSource, timers: Timers): Promise<void> {
    const lane = await openLane({
      source,
      timers,
      connectTimeout: CONNECT_TIMEOUT_SECONDS,
      idleTimeout: null,
      applicationName: "djauth feed",
      onLost: ({ isDenied, error }) =>
        this.#fail(isDenied ? error : new DatabaseUnavailable("The connection of the feed broke")),
      onNotify: (channel, payload) => {
        if (!this.#isOver && channel === this.#channel) this.#handlers.onMessage(payload);
      },
    });
    this.#lane = lane;
    if (this.#isOver) return lane.lose();
    await lane.client.unsafe(`listen "${this.#channel.replaceAll('"', '""')}"`).values();
    if (!this.#isOver) this.#handlers.onListening();
  }

  #fail(error: DjauthError): void {
    if (this.#isOver) return;
    this.close();
    this.#handlers.onLost(error);
  }
}
