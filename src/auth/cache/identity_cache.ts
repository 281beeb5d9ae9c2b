/**
 * The identity cache: sessions and users that were looked up recently, unless the database has notified of a change. It
 * is only trusted while it would be notified of a logout: with a live feed, and with triggers that fire.
 */

import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import { type FeedMessage, parseFeedMessage } from "../../internal/feed_message.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { UserFinder, UserRecord } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";
import type { IdentityCacheSettings } from "../options/identity_cache_settings.ts";
import { IdentityMemory, type KnownSession } from "./identity_memory.ts";

/** The dependencies of an {@link IdentityCache}. */
export interface IdentityCacheParts<Row extends object> {
  readonly settings: IdentityCacheSettings;
  /** The column by which the feed identifies users. */
  readonly primaryKey: keyof Row & string;
  readonly feed: FeedHub;
  /** Returns whether the database notifies of ended sessions and changed users; if not, nothing is cached. */
  readonly areChangesNotified: () => Promise<boolean>;
  readonly timers: Timers;
}

/** The interval at which the triggers are checked again: they may be installed and removed while this process runs. */
const RECHECK_MS = 30_000;
/** How long the last check is trusted: after a pause, or if a check does not return, the state is unknown. */
const TRUSTED_MS = 2 * RECHECK_MS;

/** Caches the identities of sessions and the rows of users for as long as they are valid. */
export class IdentityCache<Row extends object> {
  readonly #parts: IdentityCacheParts<Row>;
  readonly #memory: IdentityMemory<Row>;
  readonly #maxAge: number;
  #isTrusted = false;
  #isChecking = false;
  #checkedAt = -Infinity;
  #confirmedAt = -Infinity;
  #newsCount = 0;

  /** Creates the cache; the feed is opened on first use. */
  constructor(parts: IdentityCacheParts<Row>) {
    this.#parts = parts;
    const { settings, primaryKey, feed } = parts;
    this.#memory = new IdentityMemory(settings.entries, primaryKey);
    this.#maxAge = settings.maxAge * 1000;
    feed.listen({
      onMessage: (payload) => this.#receive(parseFeedMessage(payload)),
      // Notifications in between were missed.
      onRestored: () => {
        this.#distrust();
        this.#check();
      },
      onLost: () => this.#distrust(),
      onClose: () => this.#distrust(),
    });
  }

  /**
   * The number of notifications so far. Must be noted before a look-up that is to be cached: its result may predate a
   * notification that arrives meanwhile.
   */
  get newsCount(): number {
    return this.#newsCount;
  }

  /** Returns the cached user of a session, or `null`; the caller checks the expiry. */
  session(sessionKey: string): KnownSession<Row> | null {
    const since = this.#since();
    return since === null ? null : this.#memory.session(sessionKey, since);
  }

  /** Returns a view of the store that does not look up cached users by their keys. */
  knownUsers(store: UserFinder<Row>): UserFinder<Row> {
    return {
      findById: async (id) => {
        const since = this.#since();
        const known = since === null ? null : this.#memory.user(id, since);
        if (known !== null) return known;
        const newsCount = this.#newsCount;
        const askedAt = this.#parts.timers.now();
        const record = await store.findById(id);
        if (record !== null && this.#mayKeep(newsCount)) this.#memory.keepUser(record, askedAt);
        return record;
      },
      findByColumn: (column, value) => store.findByColumn(column, value),
    };
  }

  /**
   * Caches the user of a session.
   *
   * @param newsCount `newsCount` from before both rows were queried
   * @param askedAt `timers.now()` at that time: the rows may be as old as that
   */
  keepSession(
    sessionKey: string,
    expireDate: Date,
    record: UserRecord<Row>,
    newsCount: number,
    askedAt: number,
  ): void {
    if (this.#mayKeep(newsCount)) this.#memory.keepSession(sessionKey, expireDate, record, askedAt);
  }

  /** Drops a session, so that it is looked up again. */
  drop(sessionKey: string): void {
    this.#memory.forgetSession(sessionKey);
  }

  /** Called when a session has ended, or its expiry has changed. */
  sessionChanged(sessionKey: string): void {
    this.#newsCount++;
    this.#memory.forgetSession(sessionKey);
  }

  /** Called when a user was changed. */
  userChanged(id: UserId): void {
    this.#newsCount++;
    this.#memory.forgetUser(id);
  }

  /** Returns the time since which entries are valid; `null` while the cache is not trusted. */
  #since(): number | null {
    const now = this.#parts.timers.now();
    if (now - this.#checkedAt > RECHECK_MS) this.#check();
    return this.#isNotified && now - this.#confirmedAt <= TRUSTED_MS ? now - this.#maxAge : null;
  }

  #mayKeep(newsCount: number): boolean {
    return this.#isNotified && newsCount === this.#newsCount;
  }

  /** Checks the feed itself as well: `onLost` is not called for one that was closed. */
  get #isNotified(): boolean {
    return this.#isTrusted && this.#parts.feed.current?.isLive === true;
  }

  #receive(message: FeedMessage | null): void {
    if (message === null) return;
    const memory = this.#memory;
    switch (message.kind) {
      case "sessions":
        this.#newsCount++;
        return message.hashes.forEach((hash) => memory.forgetHash(hash));
      case "users":
        this.#newsCount++;
        return message.keys.forEach((key) => memory.forgetUser(key));
      case "resync":
        this.#newsCount++;
        return memory.clear();
      // The blacklist is queried each time.
      case "tokens":
    }
  }

  /** Drops everything until the notifications are known to work. */
  #distrust(): void {
    this.#newsCount++;
    this.#isTrusted = false;
    this.#memory.clear();
  }

  /** Checks whether the triggers fire; until the first result, the cache is not trusted. */
  #check(): void {
    const { feed, timers, areChangesNotified } = this.#parts;
    const now = this.#checkedAt = timers.now();
    feed.open();
    if (this.#isChecking || feed.current?.isLive !== true) return;
    this.#isChecking = true;
    areChangesNotified().catch(() => false).then((areNotified) => {
      this.#isChecking = false;
      if (!areNotified) this.#distrust();
      if (!areNotified || feed.current?.isLive !== true) return;
      // Look-ups in progress may have read their rows before there were triggers.
      if (!this.#isTrusted) this.#newsCount++;
      this.#isTrusted = true;
      this.#confirmedAt = now;
    });
  }
}
