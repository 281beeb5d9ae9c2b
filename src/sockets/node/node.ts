/**
 * The sockets of one `djangoAuth()`, over all of its servers, and the parts that watch their logins: re-validation, the
 * expiry timer and the feed. This file only connects the parts.
 */

import type { AuthCore } from "../../auth/core/core.ts";
import type { SocketServices } from "../../auth/core/socket_services.ts";
import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import type { Feed } from "../../feed.ts";
import { parseFeedMessage } from "../../internal/feed_message.ts";
import { Attempts } from "../admission/attempts.ts";
import { Disconnections } from "./disconnect.ts";
import { Drain } from "./drain.ts";
import { RecentOrders } from "./recent_orders.ts";
import { ExpiryTimer } from "../revalidation/expiry_timer.ts";
import { FeedHints } from "../revalidation/feed_hints.ts";
import { OwnHints } from "../revalidation/own_hints.ts";
import { type Occasion, Recheck } from "../revalidation/recheck.ts";
import { refusal } from "../protocol/close_codes.ts";
import { closeAll } from "../registry/close_all.ts";
import { type LiveSocket, SocketRegistry } from "../registry/registry.ts";
import { Revalidation } from "../revalidation/revalidation.ts";

/** The time over which nodes that lost or regained the feed together spread their rechecks. */
const FEED_SPREAD_SECONDS = 1;
/** The same after a message that more logins ended than it can hold: their sockets have to close soon. */
const RESYNC_SPREAD_SECONDS = 0.05;

/** The sockets of a node. */
export class SocketNode<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly #feed: FeedHub;
  readonly registry: SocketRegistry<Row> = new SocketRegistry();
  /** Upgrades that are under way, and the limits they count against. */
  readonly attempts: Attempts;
  /** Empties the node. */
  readonly drain: Drain<Row>;
  readonly #revalidation: Revalidation<Row>;
  readonly #expiry: ExpiryTimer<Row>;
  readonly #hints: FeedHints<Row>;
  readonly #ownHints: OwnHints<Row>;
  /** Closes sockets on all nodes. */
  readonly disconnections: Disconnections<Row>;
  /** Orders that a socket may have missed while its upgrade was under way. */
  readonly recentOrders: RecentOrders<Row> = new RecentOrders();
  readonly #awaitingFeed: Set<() => void> = new Set();
  #isClosed = false;

  /** Starts no timer before the first socket. */
  constructor(core: AuthCore<Row>, { feed, ownChanges, seal }: SocketServices) {
    this.core = core;
    this.#feed = feed;
    const { registry } = this;
    this.attempts = new Attempts(core);
    this.drain = new Drain({ core, registry, attempts: this.attempts });
    const recheck = new Recheck<Row>(core);
    this.#revalidation = new Revalidation({
      core,
      registry,
      recheck,
      onRound: () => this.#expiry.plan(),
    });
    this.#expiry = new ExpiryTimer({
      core,
      registry,
      recheck: (lives) => this.#recheck(lives, "expiry"),
    });
    this.disconnections = new Disconnections({
      core,
      seal,
      registry,
      recent: this.recentOrders,
      feed: (milliseconds) => this.#liveFeed(milliseconds),
      newsCount: () => this.newsCount,
    });
    this.#ownHints = new OwnHints({
      core,
      changes: ownChanges,
      registry,
      recheck: (lives) => void this.#recheck(lives, "node"),
    });
    this.#hints = new FeedHints({
      registry,
      timers: core.timers,
      recheck: (lives) => this.#recheck(lives, "feed"),
      recheckAll: () => this.#revalidation.recheckAll(RESYNC_SPREAD_SECONDS),
    });
    this.#listen();
  }

  /** Resolves to the feed once it is live, or to `null` if it is not within so many milliseconds. */
  async #liveFeed(milliseconds: number): Promise<Feed | null> {
    if (this.#isClosed) return null;
    this.#feed.open();
    const feed = this.#feed.current;
    if (feed === null || feed.isLive) return feed;
    await new Promise<void>((resolve) => {
      const tell = (): void => {
        cancel();
        this.#awaitingFeed.delete(tell);
        resolve();
      };
      const cancel = this.core.timers.after(milliseconds, tell);
      this.#awaitingFeed.add(tell);
    });
    return feed.isLive ? feed : null;
  }

  /**
   * Counts the pieces of news about logins: messages of the feed, changes by this process, and orders to disconnect. A
   * decision that read the count before it looked anything up can tell by it whether it may have missed one.
   */
  get newsCount(): number {
    return this.#hints.count + this.#ownHints.count + this.recentOrders.count;
  }

  /**
   * Puts another login under a socket.
   *
   * @param newsCount {@link newsCount} from before that login was looked up; `null` where that is unknown
   */
  moved(live: LiveSocket<Row>, change: () => void, newsCount: number | null): void {
    this.registry.move(live, change);
    if (this.#isClosed || live.isClosing) return;
    this.#expiry.added(live);
    if (newsCount !== this.newsCount) void this.#recheck([live], "feed");
  }

  /**
   * Adds a socket that is open.
   *
   * @param newsCount {@link newsCount} from when its upgrade began
   */
  opened(live: LiveSocket<Row>, newsCount: number): void {
    this.registry.add(live);
    if (!this.#isClosed) {
      this.#revalidation.start();
      // Opened with the first socket for good: a feed that stopped with the last one would be late for the next.
      this.#feed.open();
      this.#expiry.added(live);
      // News of its login's end during the upgrade came when the socket was not registered yet.
      if (newsCount !== this.newsCount) void this.#recheck([live], "feed");
    }
    const { socket } = live;
    this.core.emit({
      type: "socket.opened",
      userId: socket.user?.pk ?? null,
      // Created when a listener reads it: most ids are never needed.
      get socketId() {
        return socket.id;
      },
    });
  }

  /** Removes a socket that was told to close, whether or not the client ever answers. */
  closing(live: LiveSocket<Row>): void {
    this.registry.delete(live);
    if (this.registry.size === 0) this.#rest();
  }

  /** Reports that a socket has ended. */
  closed(live: LiveSocket<Row>, code: number, reason: string): void {
    this.closing(live);
    this.drain.ended(live);
    const { socket } = live;
    this.core.emit({
      type: "socket.closed",
      code,
      reason,
      userId: socket.user?.pk ?? null,
      get socketId() {
        return socket.id;
      },
    });
  }

  /** Stops all timers and undecided upgrades, and closes the sockets: nothing would end them with their login. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.attempts.close();
    this.#rest();
    this.#ownHints.close();
    this.drain.giveUp();
    await closeAll(this.registry.values(), refusal("server_restart"), this.core.timers);
  }

  async #recheck(lives: LiveSocket<Row>[], occasion: Occasion): Promise<void> {
    if (!this.#isClosed) await this.#revalidation.recheck(lives, occasion);
  }

  #rest(): void {
    this.#revalidation.stop();
    this.#expiry.stop();
  }

  #listen(): void {
    const hub = this.#feed;
    hub.listen({
      onMessage: (payload) => {
        if (hub.current !== null && this.disconnections.hear(payload, hub.current)) return;
        const message = parseFeedMessage(payload);
        if (message !== null) this.#hints.take(message);
      },
      onRestored: () => {
        for (const tell of this.#awaitingFeed) tell();
        // Messages may have been missed, also ones about sockets that are yet to open.
        this.#hints.miss();
        this.#revalidation.recheckAll(FEED_SPREAD_SECONDS);
      },
      onLost: () => {
        // An upgrade under way may rest on cached rows that are not trusted any more.
        this.#hints.miss();
        this.#revalidation.recheckAll(FEED_SPREAD_SECONDS);
      },
    });
  }
}
