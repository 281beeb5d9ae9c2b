/** What is checked before the identity cache is used: triggers on all tables, and a feed of the same database. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createCacheServices } from "../../../src/auth/core/cache_services.ts";
import { createOwnChanges } from "../../../src/auth/core/own_changes.ts";
import { createSettingsHints } from "../../../src/auth/events/hints.ts";
import { createFeedHub } from "../../../src/databases/feed/feed_hub.ts";
import { DatabaseError } from "../../../src/errors.ts";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { feedChannel } from "../../../src/stores/triggers/sql.ts";
import type { TriggerStatus } from "../../../src/stores/triggers/status.ts";
import { FakeTime } from "../databases/fake_time.ts";
import { FakeFeed } from "../sockets/fake_node.ts";

const KEY = "a-session-key";
const SESSIONS: TriggerStatus = { name: "a", table: '"public"."django_session"', state: "installed" };
const USERS: TriggerStatus = { name: "b", table: '"public"."people_person"', state: "installed" };

const PEOPLE = { table: "people_person", schema: "public", primaryKey: "id", columns: [] };

interface World {
  /** What happens to a notification that is sent in the database. */
  readonly say: (payload: string, feed: FakeFeed) => void;
  readonly states?: readonly TriggerStatus[];
}

/** Looks up once, and keeps a user. @returns whether the user is cached, and the hints */
async function remembered({ say, states = [SESSIONS, USERS] }: World): Promise<[boolean, string[]]> {
  const time = new FakeTime();
  const hints: string[] = [];
  let feed: FakeFeed | null = null;
  const { identities } = createCacheServices<{ id: number }>({ identityCache: { maxAge: 10, entries: 10 } }, {
    table: { primaryKey: "id" },
    users: { findById: () => Promise.resolve(null), findByColumn: () => Promise.resolve(null) },
    feed: createFeedHub((handlers) => feed = new FakeFeed(handlers)),
    database: {
      read(_statement, [channel, payload]) {
        assert.equal(channel, feedChannel(PEOPLE));
        say(String(payload), feed!);
        return Promise.resolve([[""]]);
      },
    },
    triggers: {
      status: () => Promise.resolve([...states]),
      tables: () =>
        Promise.resolve({
          users: PEOPLE,
          sessions: { table: "django_session", schema: "public" },
          tokens: null,
        }),
    },
    ownChanges: createOwnChanges(),
    hints: createSettingsHints((hint) => hints.push(hint)),
    timers: time,
    randomBytes: SYSTEM_RANDOM,
  });
  const cache = identities!;
  assert.equal(cache.session(KEY), null);
  feed!.restore();
  await time.advance(6000);
  cache.keepSession(KEY, new Date(0), { row: { id: 7 }, password: "hash" }, cache.newsCount, time.now());
  assert.equal(time.pending, 0);
  return [cache.session(KEY) !== null, hints];
}

describe("the identity cache is used", () => {
  test("if notifications of the database arrive over the feed", async () => {
    assert.deepEqual(await remembered({ say: (payload, feed) => feed.say(payload) }), [true, []]);
  });

  test("if the database is a standby, which cannot send notifications", async () => {
    const say = (): never => {
      throw new DatabaseError("recovery", "database_permission_denied", { sqlState: "25006" });
    };
    assert.deepEqual(await remembered({ say }), [true, []]);
  });
});

describe("the identity cache is not used", () => {
  test("if notifications do not arrive over the feed, which emits a hint", async () => {
    assert.deepEqual(await remembered({ say: () => {} }), [false, [
      "identityCache is on, but nothing is cached: notifications of database do not arrive over sockets.feed. " +
      "Make its URL lead to the same database",
    ]]);
  });

  test("if a different notification arrives", async () => {
    const [isKnown] = await remembered({ say: (_payload, feed) => feed.say("probe 0000000000000000") });
    assert.equal(isKnown, false);
  });

  test("if the feed is lost meanwhile, which emits no hint", async () => {
    assert.deepEqual(await remembered({ say: (_payload, feed) => feed.lose() }), [false, []]);
  });

  test("if a table lacks a trigger, which emits a hint that names the table", async () => {
    const states: TriggerStatus[] = [SESSIONS, { ...USERS, state: "missing" }, {
      ...USERS,
      state: "outdated",
    }];
    assert.deepEqual(await remembered({ say: (payload, feed) => feed.say(payload), states }), [false, [
      'identityCache is on, but nothing is cached: triggers on "public"."people_person" that report logouts are missing, ' +
      "outdated or disabled. Install them with auth.triggers.install(), or npx djauth triggers install",
    ]]);
  });
});
