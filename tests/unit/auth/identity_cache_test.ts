/** When the identity cache may be believed: only as long as it would have heard of a logout. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CacheBench, END, KEY, RECORD } from "./cache_bench.ts";
import { sessionsMessage } from "../sockets/fake_node.ts";

describe("the identity cache", () => {
  test("keeps no answer from before the triggers were found: what ended then was told by nobody", async () => {
    const bench = new CacheBench();
    assert.equal(bench.isKnown, false);
    bench.feed!.restore();
    const { heard } = bench.cache;
    await bench.settle();
    bench.keep(heard);
    assert.equal(bench.isKnown, false);
    bench.keep();
    assert.equal(bench.isKnown, true);
  });

  test("an answer is as old as its question", async () => {
    const bench = await new CacheBench().begin();
    const users = bench.cache.knownUsers({
      async findById() {
        await bench.time.advance(4_000);
        return RECORD;
      },
      findByColumn: () => Promise.resolve(null),
    });
    const [heard, askedAt] = [bench.cache.heard, bench.time.now()];
    await users.findById(7);
    bench.cache.keepSession(KEY, END, RECORD, heard, askedAt);
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

  test("opens the feed at the first question, and believes nothing before it is live and the triggers were found", async () => {
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

  test("keeps nothing without triggers, and asks again after half a minute", async () => {
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

  for (const [what, answer] of [["are gone", false], ["cannot be looked for", new Error("away")]] as const) {
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
    const what = isSilent ? "there is no answer about them" : "nobody has asked about them";
    test(`triggers that were found once are believed in for a minute where ${what}`, async () => {
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

  test("a feed that says of itself that it is not live is not believed, nor is one that was closed", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    bench.feed!.isLive = false;
    assert.equal(bench.isKnown, false);
    bench.feed!.isLive = true;
    assert.equal(bench.isKnown, true);
    await bench.hub.close();
    assert.equal(bench.isKnown, false);
  });

  test("believes nothing while the feed is lost, and nothing from before once it is back", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    bench.feed!.lose();
    assert.equal(bench.isKnown, false);
    bench.keep();
    assert.equal(bench.isKnown, false);
    const { heard } = bench.cache;
    bench.feed!.restore();
    await bench.settle();
    assert.equal(bench.isKnown, false);
    bench.keep(heard);
    assert.equal(
      bench.isKnown,
      false,
      "an answer from the gap may be from before a logout that was not heard",
    );
    bench.keep();
    assert.equal(bench.isKnown, true);
  });

  test("a feed that was lost while the triggers were looked for is not believed", async () => {
    const bench = new CacheBench();
    assert.equal(bench.isKnown, false);
    bench.feed!.restore();
    bench.feed!.lose();
    await bench.settle();
    bench.keep();
    assert.equal(bench.isKnown, false);
  });

  test("a feed that was lost and is back before the triggers were found is believed from then on", async () => {
    const bench = new CacheBench();
    assert.equal(bench.isKnown, false);
    bench.feed!.restore();
    const { heard } = bench.cache;
    bench.feed!.lose();
    bench.feed!.restore();
    await bench.settle();
    bench.keep(heard);
    assert.equal(bench.isKnown, false, "this was asked before the gap");
    bench.keep();
    assert.equal(bench.isKnown, true);
  });

  test("believes nothing once it was closed, whatever is asked for or still on its way", async () => {
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
      ["its session ended", (bench: CacheBench) => bench.feed!.say(sessionsMessage(KEY))],
      ["its user changed", (bench: CacheBench) => bench.feed!.say('users ["7"]')],
      ["too much happened", (bench: CacheBench) => bench.feed!.say("resync")],
      ["this process ended it", (bench: CacheBench) => bench.cache.sessionChanged(KEY)],
      ["this process changed the user", (bench: CacheBench) => bench.cache.userChanged(7)],
    ] as const
  ) {
    test(`forgets a session when ${what}, and takes no answer that was on its way then`, async () => {
      const bench = await new CacheBench().begin();
      bench.keep();
      const { heard } = bench.cache;
      say(bench);
      assert.equal(bench.isKnown, false);
      bench.keep(heard);
      assert.equal(bench.isKnown, false);
      bench.keep();
      assert.equal(bench.isKnown, true);
    });
  }

  test("what others do, heartbeats, tokens and noise are no reason to forget", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    bench.feed!.say(sessionsMessage("another"));
    bench.feed!.say('users ["8"]');
    const { heard } = bench.cache;
    for (
      const noise of ["tokens 0f1e2d3c4b5a", "ping otherNode0000000", "bye otherNode0000000", "order x", ""]
    ) {
      bench.feed!.say(noise);
    }
    assert.equal(bench.cache.heard, heard);
    assert.equal(bench.isKnown, true);
  });

  test("a session that is dropped is looked up again, and disturbs no other look-up", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    const { heard } = bench.cache;
    bench.cache.drop(KEY);
    assert.equal(bench.isKnown, false);
    bench.keep(heard);
    assert.equal(bench.isKnown, true);
  });

  test("believes nothing that is older than its age", async () => {
    const bench = await new CacheBench().begin();
    bench.keep();
    await bench.time.advance(10_000);
    assert.equal(bench.isKnown, true);
    await bench.time.advance(1);
    assert.equal(bench.isKnown, false);
  });

  test("users that tokens name are looked up once, until they change", async () => {
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
