/**
 * Who was there a moment ago is there still, unless the database said otherwise: the identity cache. It is believed only while
 * it would hear of a logout: with a live feed, and with triggers that fire.
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
  /** The column that the feed names users by. */
  readonly primaryKey: keyof Row & string;
  readonly feed: FeedHub;
  /** Whether the database tells of the end of sessions and of changes of users; where it does not, nothing is cached. */
  readonly isTold: () => Promise<boolean>;
  readonly timers: Timers;
}

/** Milliseconds after which it is asked again whether the triggers fire: they may come and go while this process runs. */
const RECHECK = 30_000;
/** Milliseconds for which the last answer counts: after a pause, or without an answer, it is not known how things stand. */
const BELIEVED = 2 * RECHECK;

/** Identities of sessions and rows of users, for as long as they hold. */
export class IdentityCache<Row extends object> {
  readonly #parts: IdentityCacheParts<Row>;
  readonly #memory: IdentityMemory<Row>;
  readonly #maxAge: number;
  #isBelieved = false;
  #isChecking = false;
  #checkedAt = -Infinity;
  #toldAt = -Infinity;
  #heard = 0;

  /** Opens nothing before the first question. */
  constructor(parts: IdentityCacheParts<Row>) {
    this.#parts = parts;
    const { settings, primaryKey, feed } = parts;
    this.#memory = new IdentityMemory(settings.entries, primaryKey);
    this.#maxAge = settings.maxAge * 1000;
    feed.listen({
      onMessage: (payload) => this.#hear(parseFeedMessage(payload)),
      // What was said in between is not known.
      onRestored: () => {
        this.#distrust();
        this.#check();
      },
      onLost: () => this.#distrust(),
      onClose: () => this.#distrust(),
    });
  }

  /**
   * How much was said of logins so far. To be noted before a look-up whose answer shall be kept: one that was on its way
   * when a login ended may be from before.
   */
  get heard(): number {
    return this.#heard;
  }

  /** Whom a session signs in, if that is known; whether it has expired is the caller's question. */
  session(sessionKey: string): KnownSession<Row> | null {
    const since = this.#since();
    return since === null ? null : this.#memory.session(sessionKey, since);
  }

  /** The users of a store, of whom those that are known are not looked up by their keys. */
  knownUsers(store: UserFinder<Row>): UserFinder<Row> {
    return {
      findById: async (id) => {
        const since = this.#since();
        const known = since === null ? null : this.#memory.user(id, since);
        if (known !== null) return known;
        const heard = this.#heard;
        const askedAt = this.#parts.timers.now();
        const record = await store.findById(id);
        if (record !== null && this.#mayKeep(heard)) this.#memory.keepUser(record, askedAt);
        return record;
      },
      findByColumn: (column, value) => store.findByColumn(column, value),
    };
  }

  /**
   * Keeps whom a session signs in, by its row and by the row of its user.
   *
   * @param heard `heard` from before both were asked for
   * @param askedAt `timers.now()` from then: the rows may be as old as that
   */
  keepSession(
    sessionKey: string,
    expireDate: Date,
    record: UserRecord<Row>,
    heard: number,
    askedAt: number,
  ): void {
    if (this.#mayKeep(heard)) this.#memory.keepSession(sessionKey, expireDate, record, askedAt);
  }

  /** A session is to be looked up again. */
  drop(sessionKey: string): void {
    this.#memory.forgetSession(sessionKey);
  }

  /** A session has ended, or has another end. */
  sessionChanged(sessionKey: string): void {
    this.#heard++;
    this.#memory.forgetSession(sessionKey);
  }

  /** A user was changed. */
  userChanged(id: UserId): void {
    this.#heard++;
    this.#memory.forgetUser(id);
  }

  /** The moment from which on what was kept may be believed; `null` while nothing may. */
  #since(): number | null {
    const now = this.#parts.timers.now();
    if (now - this.#checkedAt > RECHECK) this.#check();
    return this.#hears && now - this.#toldAt <= BELIEVED ? now - this.#maxAge : null;
  }

  #mayKeep(heard: number): boolean {
    return this.#hears && heard === this.#heard;
  }

  /** The feed is asked as well: of one that was closed, nobody tells that it was lost. */
  get #hears(): boolean {
    return this.#isBelieved && this.#parts.feed.current?.isLive === true;
  }

  #hear(message: FeedMessage | null): void {
    if (message === null) return;
    const memory = this.#memory;
    switch (message.kind) {
      case "sessions":
        this.#heard++;
        return message.hashes.forEach((hash) => memory.forgetHash(hash));
      case "users":
        this.#heard++;
        return message.keys.forEach((key) => memory.forgetUser(key));
      case "resync":
        this.#heard++;
        return memory.clear();
      // The blacklist is asked each time.
      case "tokens":
    }
  }

  /** Believes nothing until it is known that all that happens is heard. */
  #distrust(): void {
    this.#heard++;
    this.#isBelieved = false;
    this.#memory.clear();
  }

  /** Asks whether the triggers fire; until the first answer, nothing is believed. */
  #check(): void {
    const { feed, timers, isTold } = this.#parts;
    const now = this.#checkedAt = timers.now();
    feed.open();
    if (this.#isChecking || feed.current?.isLive !== true) return;
    this.#isChecking = true;
    isTold().catch(() => false).then((told) => {
      this.#isChecking = false;
      if (!told) this.#distrust();
      if (!told || feed.current?.isLive !== true) return;
      // What is on its way may have been read before there were triggers.
      if (!this.#isBelieved) this.#heard++;
      this.#isBelieved = true;
      this.#toldAt = now;
    });
  }
}
