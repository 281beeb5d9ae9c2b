/** Valid and invalid values of `identityCache`, and its defaults. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { identityCacheSettings } from "../../../src/auth/options/identity_cache_settings.ts";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { FakeFeed } from "../sockets/fake_node.ts";
import { refusal } from "./site.ts";

const URL = "postgres://site@localhost/site";
const SHAPE = "expected true, false, or an object such as { maxAge: 30 }";
const SECONDS = "expected a number of seconds above 0, at most 3600";
const COUNT = "expected an integer from 1 to 10000000";
const NO_FEED =
  "identityCache is on and sockets.feed is false, expected a feed, which notifies the cache of logouts";
const NO_FEED_OF_ITS_OWN =
  "identityCache is on and database is a driver without a feed of its own, expected sockets.feed " +
  "(a URL or a function), which notifies the cache of logouts";

const REFUSED: readonly (readonly [identityCache: unknown, message: string])[] = [
  [null, `identityCache is null, ${SHAPE}`],
  [30, `identityCache is 30, ${SHAPE}`],
  ["on", `identityCache is "on", ${SHAPE}`],
  [[], `identityCache is a list, ${SHAPE}`],
  [{ maxage: 5 }, "identityCache.maxage is not an option, did you mean identityCache.maxAge?"],
  [{ ttl: 1 }, "identityCache.ttl is not an option, did you mean identityCache.maxAge?"],
  [{ size: 1 }, "identityCache.size is not an option, did you mean identityCache.entries?"],
  [{ maxAge: 0 }, `identityCache.maxAge is 0, ${SECONDS}`],
  [{ maxAge: 3601 }, `identityCache.maxAge is 3601, ${SECONDS}`],
  [{ maxAge: "30" }, `identityCache.maxAge is "30", ${SECONDS}`],
  [{ entries: 0 }, `identityCache.entries is 0, ${COUNT}`],
  [{ entries: 1.5 }, `identityCache.entries is 1.5, ${COUNT}`],
  [{ entries: "10" }, `identityCache.entries is "10", ${COUNT}`],
  [{ entries: 10_000_001 }, `identityCache.entries is 10000001, ${COUNT}`],
  [{ entries: Infinity }, `identityCache.entries is Infinity, ${COUNT}`],
];

describe("djangoAuth() refuses", () => {
  for (const [identityCache, message] of REFUSED) {
    test(message, () => assert.equal(refusal({ database: URL, identityCache }), message));
  }

  test("other names for identityCache", () => {
    assert.equal(refusal({ cache: true }), "cache is not an option, did you mean identityCache?");
    assert.equal(
      refusal({ CACHES: {} }),
      "CACHES is not an option: data are not cached, only identities, with identityCache",
    );
  });

  test("a cache without a feed, which would miss logouts", () => {
    assert.equal(refusal({ database: URL, identityCache: true, sockets: { feed: false } }), NO_FEED);
    for (const sockets of [undefined, {}, { feed: true }]) {
      assert.equal(refusal({ identityCache: {}, sockets }), NO_FEED_OF_ITS_OWN);
    }
  });
});

test("djangoAuth() accepts a cache with a feed, and no cache without a feed", () => {
  for (
    const identityCache of [true, {}, { maxAge: 0.5, entries: 1 }, { maxAge: 3600, entries: 10_000_000 }]
  ) {
    assert.equal(refusal({ database: URL, identityCache }), "taken");
    assert.equal(refusal({ identityCache, sockets: { feed: URL } }), "taken");
    const feed: NonNullable<DjangoAuthOptions["sockets"]>["feed"] = (handlers) => new FakeFeed(handlers);
    assert.equal(refusal({ identityCache, sockets: { feed } }), "taken");
  }
  for (const identityCache of [undefined, false]) {
    assert.equal(refusal({ database: URL, identityCache, sockets: { feed: false } }), "taken");
    assert.equal(refusal({ identityCache }), "taken");
  }
});

test("omitted options have their defaults", () => {
  assert.equal(identityCacheSettings(undefined), null);
  assert.equal(identityCacheSettings(false), null);
  assert.deepEqual(identityCacheSettings(true), { maxAge: 30, entries: 10_000 });
  assert.deepEqual(identityCacheSettings({ maxAge: 5 }), { maxAge: 5, entries: 10_000 });
  assert.deepEqual(identityCacheSettings({ entries: 7 }), { maxAge: 30, entries: 7 });
});
