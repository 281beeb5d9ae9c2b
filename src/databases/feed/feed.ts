/**
 * A feed over one listening connection at a time: the heartbeat that shows whether messages arrive, and the next
 * connection when they do not. Independent of the driver; time comes only from the given timers.
 */

import { DatabaseUnavailable, DjauthError } from "../../errors.ts";
import type { Feed, FeedHandlers } from "../../feed.ts";
import { utf8 } from "../../internal/bytes.ts";
import {
  formatNodeMessage,
  MAX_PAYLOAD_BYTES,
  NODE_ID_LENGTH,
  parseFeedMessage,
} from "../../internal/feed_message.ts";
import { RANDOM_STRING_CHARS, randomString } from "../../internal/random.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { RandomBytes } from "../../types.ts";
import type { Listener, OpenListener } from "./listener.ts";
import { Roster } from "./roster.ts";

/** The dependencies of {@link createFeed}. */
export interface FeedParts extends FeedHandlers {
  /** Opens a connection. */
  readonly open: OpenListener;
  /** The channel, or a function that looks it up, called with each attempt until it succeeds. */
  readonly channel: string | (() => Promise<string>);
  /** Milliseconds between two heartbeats. */
  readonly interval: number;
  /** Milliseconds within which a heartbeat must be heard. */
  readonly deadline: number;
  /** Milliseconds that opening a connection may take, up to the confirmation of LISTEN. */
  readonly connectTimeout: number;
  readonly timers: Timers;
  readonly randomBytes: RandomBytes;
}

/** The pause before the next attempt to connect, which doubles each time. */
const MIN_PAUSE_MS = 250;
const MAX_PAUSE_MS = 1000;
/** A timer that fires this late shows that the process was suspended, and nothing about the feed. */
const STANDSTILL_MS = 250;
/** How long the last message of a node may take. */
const FAREWELL_MS = 250;

/** Opens a feed; it connects immediately, and again whenever it is lost. */
export function createFeed(parts: FeedParts): Feed {
  const feed = new ListeningFeed(parts);
  feed.start();
  return feed;
}

class ListeningFeed implements Feed {
  readonly nodeId: string;
  readonly #parts: FeedParts;
  readonly #roster: Roster;
  #channel: string | null = null;
  #listener: Listener | null = null;
  #isLive = false;
  #liveSince = 0;
  #isClosed = false;
  /** Whether `onLost` was called since the feed was last live. */
  #isLossReported = false;
  #pause = MIN_PAUSE_MS;
  /** The only timer: for the next heartbeat, its deadline, or the next attempt. */
  #cancelTimer: () => void = () => {};
  #isBeatUnderWay = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#roster = new Roster(parts.interval);
    this.nodeId = randomString(NODE_ID_LENGTH, RANDOM_STRING_CHARS, parts.randomBytes);
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  get knowsAll(): boolean {
    const { timers, interval, deadline } = this.#parts;
    return this.#isLive && timers.now() - this.#liveSince > interval + deadline;
  }

  nodes(): string[] {
    const others = this.#isLive ? this.#roster.living(this.#parts.timers.now()) : [];
    return [this.nodeId, ...others];
  }

  async notify(payload: string): Promise<void> {
    if (utf8(payload).length > MAX_PAYLOAD_BYTES) {
      throw new RangeError(`The message is longer than ${MAX_PAYLOAD_BYTES} bytes`);
    }
    if (!this.#isLive || this.#listener === null) throw new DatabaseUnavailable("The feed is not live");
    await this.#listener.notify(payload);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const listener = this.#listener;
    const wasLive = this.#isLive;
    this.#drop();
    if (listener === null) return;
    if (wasLive) {
      await new Promise<void>((resolve) => {
        this.#after(FAREWELL_MS, () => resolve());
        listener.notify(formatNodeMessage("bye", this.nodeId)).then(() => resolve(), () => resolve());
      });
      this.#cancelTimer();
    }
    listener.close();
  }

  start(): void {
    this.#open().catch((error) => this.#lose(error));
  }

  async #open(): Promise<void> {
    const { channel, open, connectTimeout } = this.#parts;
    this.#channel ??= typeof channel === "string" ? channel : await channel();
    if (this.#isClosed) return;
    const listener: Listener = this.#listener = open(this.#channel, {
      onListening: () => this.#listener === listener && this.#beat(),
      onMessage: (payload) => this.#listener === listener && this.#read(payload),
      onLost: (error) => this.#listener === listener && this.#lose(error),
    });
    this.#after(
      connectTimeout,
      () => this.#lose(new DatabaseUnavailable("The feed could not be opened in time")),
    );
  }

  /** Sends a heartbeat, and drops the connection if it is not heard in time. */
  #beat(): void {
    const listener = this.#listener;
    if (listener === null) return;
    this.#isBeatUnderWay = true;
    const { deadline } = this.#parts;
    this.#after(deadline, (lateness) => {
      // Messages that arrived while this process was suspended have not been read yet.
      if (lateness > STANDSTILL_MS) this.#after(STANDSTILL_MS, () => this.#miss());
      else this.#miss();
    });
    listener.notify(formatNodeMessage("ping", this.nodeId)).catch((error) => {
      if (this.#listener === listener) this.#lose(error);
    });
  }

  #miss(): void {
    this.#lose(new DatabaseUnavailable("The feed's heartbeat was not heard in time"));
  }

  #read(payload: string): void {
    const message = parseFeedMessage(payload);
    if (message?.kind !== "ping" && message?.kind !== "bye") return this.#parts.onMessage(payload);
    const { kind, nodeId } = message;
    if (nodeId !== this.nodeId) {
      if (kind === "ping") this.#roster.hear(nodeId, this.#parts.timers.now());
      else this.#roster.forget(nodeId);
    } else if (kind === "ping" && this.#isBeatUnderWay) {
      this.#isBeatUnderWay = false;
      this.#after(this.#parts.interval, () => this.#beat());
      if (!this.#isLive) this.#restore();
    }
  }

  #restore(): void {
    this.#isLive = true;
    this.#liveSince = this.#parts.timers.now();
    this.#isLossReported = false;
    this.#pause = MIN_PAUSE_MS;
    this.#parts.onRestored();
  }

  #lose(error: unknown): void {
    if (this.#isClosed) return;
    this.#listener?.close();
    this.#drop();
    // Nodes that lost the same server must not all reconnect at the same time.
    const jitter = 0.5 + this.#parts.randomBytes(1)[0]! / 512;
    this.#after(this.#pause * jitter, () => this.start());
    this.#pause = Math.min(MAX_PAUSE_MS, this.#pause * 2);
    if (this.#isLossReported) return;
    this.#isLossReported = true;
    this.#parts.onLost(
      error instanceof DjauthError ? error : new DatabaseUnavailable("The feed was lost", { cause: error }),
    );
  }

  /** Forgets the connection, and everything that was only known through it. */
  #drop(): void {
    this.#cancelTimer();
    this.#listener = null;
    this.#isLive = false;
    this.#isBeatUnderWay = false;
    this.#roster.clear();
  }

  /** Sets the only timer; `work` gets the number of milliseconds by which it fired too late. */
  #after(milliseconds: number, work: (lateness: number) => void): void {
    const { timers } = this.#parts;
    this.#cancelTimer();
    const due = timers.now() + milliseconds;
    this.#cancelTimer = timers.after(milliseconds, () => work(timers.now() - due));
  }
}
