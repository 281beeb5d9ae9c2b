/** An identity cache, its feed, its triggers and its time, moved by hand. */

import assert from "node:assert/strict";
import { IdentityCache } from "../../../src/auth/cache/identity_cache.ts";
import { createFeedHub, type FeedHub } from "../../../src/databases/feed/feed_hub.ts";
import type { UserRecord } from "../../../src/users/store.ts";
import { FakeTime } from "../databases/fake_time.ts";
import { FakeFeed } from "../sockets/fake_node.ts";

/** A user. */
export interface Row {
  readonly id: number;
}

/** Of the session. */
export const KEY = "a-session-key";
/** When that ends. */
export const END = new Date(Date.UTC(2030, 0, 1));
/** Whose it is. */
export const RECORD: UserRecord<Row> = { row: { id: 7 }, password: "hash" };

/** A cache, its feed and its triggers, moved by hand. */
export class CacheBench {
  readonly time: FakeTime = new FakeTime();
  readonly cache: IdentityCache<Row>;
  readonly hub: FeedHub = createFeedHub((handlers) => this.feed = new FakeFeed(handlers));
  feed: FakeFeed | null = null;
  told: boolean | Error = true;
  /** Whether the question for the triggers is never answered. */
  isSilent = false;
  asked = 0;

  constructor(maxAge: number = 10) {
    this.cache = new IdentityCache<Row>({
      settings: { maxAge, entries: 100 },
      primaryKey: "id",
      feed: this.hub,
      isTold: () => {
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

  keep(heard: number = this.cache.heard): void {
    this.cache.keepSession(KEY, END, RECORD, heard, this.time.now());
  }

  /** Asks once, so that the feed is opened, which then is live. */
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
