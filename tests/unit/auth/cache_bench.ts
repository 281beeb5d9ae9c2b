/** A test bench for the identity cache. */

import assert from "node:assert/strict";
import { IdentityCache } from "../../../src/auth/cache/identity_cache.ts";
import { createFeedHub, type FeedHub } from "../../../src/databases/feed/feed_hub.ts";
import type { UserRecord } from "../../../src/users/store.ts";
import { FakeTime } from "../databases/fake_time.ts";
import { FakeFeed } from "../sockets/fake_node.ts";

/** The row of a user. */
export interface Row {
  readonly id: number;
}

/** The key of the session. */
export const KEY = "a-session-key";
/** The expiry of the session. */
export const END = new Date(Date.UTC(2030, 0, 1));
/** The user of the session. */
export const RECORD: UserRecord<Row> = { row: { id: 7 }, password: "hash" };

/** An identity cache whose feed, triggers and time are controlled by the test. */
export class CacheBench {
  readonly time: FakeTime = new FakeTime();
  readonly cache: IdentityCache<Row>;
  readonly hub: FeedHub = createFeedHub((handlers) => this.feed = new FakeFeed(handlers));
  feed: FakeFeed | null = null;
  told: boolean | Error = true;
  /** Whether the check of the triggers never resolves. */
  isSilent = false;
  asked = 0;

  constructor(maxAge: number = 10) {
    this.cache = new IdentityCache<Row>({
      settings: { maxAge, entries: 100 },
      primaryKey: "id",
      feed: this.hub,
      areChangesNotified: () => {
        this.asked++;
        if (this.isSilent) return new Promise(() => {});
        return this.told instanceof Error ? Promise.reject(this.told) : Promise.resolve(this.told);
      },
      timers: this.time,
    });
  }

  get isKnown(): boolean {
    return this.cache.session(KEY) !== null;
  }

  keep(newsCount: number = this.cache.newsCount): void {
    this.cache.keepSession(KEY, END, RECORD, newsCount, this.time.now());
  }

  /** Looks up once, which opens the feed, and makes the feed live. */
  async begin(): Promise<this> {
    assert.equal(this.isKnown, false);
    this.feed!.restore();
    await this.settle();
    return this;
  }

  settle(): Promise<void> {
    return this.time.advance(0);
  }
}
