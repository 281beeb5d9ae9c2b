/** When the identity cache may be used: only while it would be notified of a logout. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CacheBench, END, KEY, RECORD } from "./cache_bench.ts";
import { sessionsMessage } from "../sockets/fake_node.ts";

describe("the identity cache", () => {
  test("keeps no result from before the triggers were found, since logouts were not notified", async () => {
    const bench = new CacheBench();
    assert.equal(bench.isKnown, false);
    bench.feed!.restore();
    const { newsCount } = bench.cache;
    await bench.settle();
    bench.keep(newsCount);
    assert.equal(bench.isKnown, false);
    bench.keep();
    assert.equal(bench.isKnown, true);
  });

  test("measures the age of a result from the start of its query", async () => {
    const bench = await new CacheBench().begin();
    const users = bench.cache.knownUsers({
      async findById() {
        await bench.time.advance(4_000);
        return RECORD;
      },
      findByColumn: () => Promise.resolve(null),
    });
    const [newsCount, askedAt] = [bench.cache.newsCount, bench.time.now()];
    await users.findById(7);
    bench.cache.keepSession(KEY, END, RECORD, newsCount, askedAt);
    await bench.time.advance(6_000);
    assert.equal(bench.isKnown, true);
    assert.equal(await statements(users), 0);
    await bench.time.advance(1);
    assert.equal(bench.isKnown, false);
    assert.equal(await statements(users), 1);

    async function statements({ findById }: typeof users): Promise<number> {
      const start = bench.time.now();
      await findById(7);
      return (bench.time.now() - start) / 4_000;
    }
  });

  test("opens the feed at the first look-up, and is unused until it is live and the triggers are found", async () => {
    const bench = new CacheBench();
    assert.equal(bench.feed, null);
    assert.equal(bench.isKnown, false);
    assert.notEqual(bench.feed, null);
    bench.keep();
    assert.equal(bench.isKnown, false);
    bench.feed!.restore();
    bench.keep();
    assert.equal(bench.isKnown, false, "the triggers were not found yet");
    await bench.settle();
    assert.equal(bench.isKnown, false, "what was kept before is not believed");
    bench.keep();
    assert.equal(bench.isKnown, true);
    assert.equal(bench.asked, 1);
  });

  test("keeps nothing without triggers, and checks again after half a minute", async () => {
    const bench = new CacheBench();
    bench.told = false;
    await bench.begin();
    bench.keep();
    assert.equal(bench.isKnown, false);
    bench.told = true;
    await bench.time.advance(29_000);
    bench.keep();
    assert.equal(bench.isKnown, false);
    assert.equal(bench.asked, 1);
    await bench.time.advance(2_000);
    assert.equal(bench.isKnown, false);
    await bench.settle();
    bench.keep();
    assert.equal(bench.isKnown, true);
  });

  for (const [what, answer] of [["are gone", false], ["cannot be checked", new Error("away")]] as const) {
    test(`forgets everything when the triggers ${what}`, async () => {
      const bench = await new CacheBench().begin();
      await bench.time.advance(25_000);
      bench.keep();
      bench.told = answer;
      await bench.time.advance(6_000);
      assert.equal(bench.isKnown, true, "nobody has asked yet");
      await bench.settle();
      assert.equal(bench.isKnown, false);
      bench.keep();
      assert.equal(bench.isKnown, false);
    });
  }

  for (const isSilent of [false, true]) {
    const what = isSilent ? "the next check gets no answer" : "there is no further check";
    test(`relies on found triggers for a minute at most if ${what}`, async () => {
      const bench = await new CacheBench(3600).begin();
      bench.isSilent = isSilent;
      if (isSilent) {
        await bench.time.advance(31_000);
        assert.equal(bench.isKnown, false);
      }
      bench.keep();
      assert.equal(bench.isKnown, true);
      bench.told = false;
      await bench.time.advance(61_000);
      assert.equal(bench.isKnown, false);
    });
  }

  test("is not used while the feed is not live, nor after it is closed", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    bench.feed!.isLive = false;
    assert.equal(bench.isKnown, false);
    bench.feed!.isLive = true;
    assert.equal(bench.isKnown, true);
    await bench.hub.close();
    assert.equal(bench.isKnown, false);
  });

  test("is not used while the feed is lost, and returns nothing older once it is back", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    bench.feed!.lose();
    assert.equal(bench.isKnown, false);
    bench.keep();
    assert.equal(bench.isKnown, false);
    const { newsCount } = bench.cache;
    bench.feed!.restore();
    await bench.settle();
    assert.equal(bench.isKnown, false);
    bench.keep(newsCount);
    assert.equal(
      bench.isKnown,
      false,
      "an answer from the gap may be from before a logout that was not notified",
    );
    bench.keep();
    assert.equal(bench.isKnown, true);
  });

  test("is not used if the feed is lost while the triggers are checked", async () => {
    const bench = new CacheBench();
    assert.equal(bench.isKnown, false);
    bench.feed!.restore();
    bench.feed!.lose();
    await bench.settle();
    bench.keep();
    assert.equal(bench.isKnown, false);
  });

  test("is used once the triggers are found, even if the feed was lost and is back meanwhile", async () => {
    const bench = new CacheBench();
    assert.equal(bench.isKnown, false);
    bench.feed!.restore();
    const { newsCount } = bench.cache;
    bench.feed!.lose();
    bench.feed!.restore();
    await bench.settle();
    bench.keep(newsCount);
    assert.equal(bench.isKnown, false, "this was asked before the gap");
    bench.keep();
    assert.equal(bench.isKnown, true);
  });

  test("is not used once it is closed, even if a check of the triggers is still running", async () => {
    for (const isFound of [true, false]) {
      const bench = new CacheBench();
      assert.equal(bench.isKnown, false);
      bench.feed!.restore();
      if (isFound) {
        await bench.settle();
        bench.keep();
        assert.equal(bench.isKnown, true);
      }
      await bench.hub.close();
      assert.equal(bench.isKnown, false);
      await bench.time.advance(31_000);
      assert.equal(bench.isKnown, false);
      await bench.settle();
      bench.keep();
      assert.equal(bench.isKnown, false);
      assert.equal(bench.asked, 1);
    }
  });

  for (
    const [what, say] of [
      ["the feed reports its end", (bench: CacheBench) => bench.feed!.say(sessionsMessage(KEY))],
      ["the feed reports a change of its user", (bench: CacheBench) => bench.feed!.say('users ["7"]')],
      ["the feed requests a resync", (bench: CacheBench) => bench.feed!.say("resync")],
      ["this process ends it", (bench: CacheBench) => bench.cache.sessionChanged(KEY)],
      ["this process changes its user", (bench: CacheBench) => bench.cache.userChanged(7)],
    ] as const
  ) {
    test(`forgets a session when ${what}, and keeps no result of an earlier query`, async () => {
      const bench = await new CacheBench().begin();
      bench.keep();
      const { newsCount } = bench.cache;
      say(bench);
      assert.equal(bench.isKnown, false);
      bench.keep(newsCount);
      assert.equal(bench.isKnown, false);
      bench.keep();
      assert.equal(bench.isKnown, true);
    });
  }

  test("forgets nothing for changes of others, heartbeats, tokens or unknown messages", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    bench.feed!.say(sessionsMessage("another"));
    bench.feed!.say('users ["8"]');
    const { newsCount } = bench.cache;
    for (
      const noise of ["tokens 0f1e2d3c4b5a", "ping otherNode0000000", "bye otherNode0000000", "order x", ""]
    ) {
      bench.feed!.say(noise);
    }
    assert.equal(bench.cache.newsCount, newsCount);
    assert.equal(bench.isKnown, true);
  });

  test("looks up a dropped session again, and still keeps results of earlier queries", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    const { newsCount } = bench.cache;
    bench.cache.drop(KEY);
    assert.equal(bench.isKnown, false);
    bench.keep(newsCount);
    assert.equal(bench.isKnown, true);
  });

  test("returns nothing older than maxAge", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    await bench.time.advance(10_000);
    assert.equal(bench.isKnown, true);
    await bench.time.advance(1);
    assert.equal(bench.isKnown, false);
  });

  test("looks up the users of tokens once, until they change", async () => {
    const bench = await new CacheBench().begin();
    const asked: unknown[] = [];
    let during: (() => void) | undefined;
    const users = bench.cache.knownUsers({
      async findById(id) {
        asked.push(id);
        await Promise.resolve();
        during?.();
        return id === 7 ? RECORD : null;
      },
      findByColumn: (column, value) => Promise.resolve(void asked.push([column, value]) as unknown as null),
    });
    assert.equal(await users.findById(7), RECORD);
    assert.equal(await users.findById(7), RECORD);
    assert.deepEqual(asked, [7]);
    await users.findById(8);
    await users.findById(8);
    await users.findByColumn("email", "a@example.com");
    assert.deepEqual(asked, [7, 8, 8, ["email", "a@example.com"]]);
    bench.feed!.say('users ["7"]');
    during = () => bench.feed!.say('users ["7"]');
    await users.findById(7);
    during = undefined;
    await users.findById(7);
    await users.findById(7);
    assert.deepEqual(asked.slice(4), [7, 7]);
  });
});
