/**
 * The sockets of one `djangoAuth()`, whichever server they came through, and what keeps them true: re-validation, the
 * expiry timer and the feed. This puts the parts together.
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
import { Recheck } from "../revalidation/recheck.ts";
import { type LiveSocket, SocketRegistry } from "../registry/registry.ts";
import { Revalidation } from "../revalidation/rounds.ts";

/** Seconds over which nodes spread that all lost the feed, or got it back, in one moment. */
const FEED_SPREAD = 1;
/** The same where all hear that more logins ended than a message holds: those sockets shall close soon. */
const RESYNC_SPREAD = 0.05;

/** The sockets of a node. */
export class SocketNode<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly #feed: FeedHub;
  readonly registry: SocketRegistry<Row> = new SocketRegistry();
  /** Upgrades that are under way, and what they count against. */
  readonly attempts: Attempts<Row>;
  /** Empties the node. */
  readonly drain: Drain<Row>;
  readonly #revalidation: Revalidation<Row>;
  readonly #expiry: ExpiryTimer<Row>;
  readonly #hints: FeedHints<Row>;
  readonly #ownHints: OwnHints<Row>;
  /** Closes sockets on all nodes. */
  readonly disconnections: Disconnections<Row>;
  /** What a socket may have missed whose upgrade was under way. */
  readonly recentOrders: RecentOrders<Row>;
  readonly #awaitingFeed: Set<() => void> = new Set();
  #isClosed = false;

  /** Starts nothing before the first socket. */
  constructor(core: AuthCore<Row>, { feed, ownChanges, seal }: SocketServices) {
    this.core = core;
    this.#feed = feed;
    const { registry } = this;
    this.attempts = new Attempts(core);
    this.drain = new Drain({ core, registry, attempts: this.attempts });
    const recheck = new Recheck(core);
    this.#revalidation = new Revalidation({
      core,
      registry,
      recheck,
      onRound: () => this.#expiry.plan(),
    });
    const revalidation = this.#revalidation;
    this.#expiry = new ExpiryTimer({
      core,
      registry,
      look: (lives) => revalidation.look(lives, "expiry"),
    });
    this.recentOrders = new RecentOrders(core);
    this.disconnections = new Disconnections({
      core,
      seal,
      registry,
      recent: this.recentOrders,
      feed: (milliseconds) => this.#liveFeed(milliseconds),
      heard: () => this.heard,
    });
    this.#ownHints = new OwnHints({
      core,
      changes: ownChanges,
      registry,
      look: (lives) => void (this.#isClosed || revalidation.look(lives, "node")),
    });
    this.#hints = new FeedHints({
      registry,
      timers: core.timers,
      look: async (lives) => {
        if (!this.#isClosed) await revalidation.look(lives, "feed");
      },
      lookAtAll: () => revalidation.lookAtAll(RESYNC_SPREAD),
    });
    this.#listen();
  }

  /** The feed once it is live, or `null` when it is not within so many milliseconds. */
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
   * How much the feed has said, and this process itself has done; a decision about an upgrade notes it before it looks
   * anything up.
   */
  get heard(): number {
    return this.#hints.count + this.#ownHints.count + this.recentOrders.count;
  }

  /**
   * A socket rests on another login from now on.
   *
   * @param heard `heard` from before that login was looked up; `null` where that is not known
   */
  moved(live: LiveSocket<Row>, change: () => void, heard: number | null): void {
    this.registry.move(live, change);
    if (this.#isClosed || live.isClosing) return;
    this.#expiry.added(live);
    if (heard !== this.heard) void this.#revalidation.look([live], "feed");
  }

  /** A socket is open. */
  opened(live: LiveSocket<Row>, heard: number): void {
    this.registry.add(live);
    if (!this.#isClosed) {
      this.#revalidation.start();
      // From the first socket on, for good: a feed that came and went with them would be late for the next.
      this.#feed.open();
      this.#expiry.added(live);
      // What ended its login while the upgrade was under way was said when the socket was not known yet.
      if (heard !== this.heard) void this.#revalidation.look([live], "feed");
    }
    const { socket } = live;
    this.core.emit({
      type: "socket.opened",
      userId: socket.user?.pk ?? null,
      // Made when a listener reads it: most sockets are never named.
      get socketId() {
        return socket.id;
      },
    });
  }

  /** A socket was told to close: whether the client ever answers is no matter. */
  closing(live: LiveSocket<Row>): void {
    this.registry.delete(live);
    if (this.registry.size === 0) this.#rest();
  }

  /** A socket has ended. */
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

  /** Ends all timers and whatever is not decided yet; the sockets stay as they are. */
  close(): void {
    this.#isClosed = true;
    this.attempts.close();
    this.#rest();
    this.#ownHints.close();
    this.drain.giveUp();
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
        // It is not known what was said meanwhile, of sockets that are still to open as well.
        this.#hints.miss();
        this.#revalidation.lookAtAll(FEED_SPREAD);
      },
      onLost: () => {
        // An upgrade under way may rest on what was believed until now.
        this.#hints.miss();
        this.#revalidation.lookAtAll(FEED_SPREAD);
      },
    });
  }
}
