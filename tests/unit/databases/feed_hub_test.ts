/** One feed for all listeners: opened once, delivered to each, and never reopened after it was closed. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFeedHub, type FeedHub } from "../../../src/databases/feed/feed_hub.ts";
import { FakeFeed } from "../sockets/fake_node.ts";

function hubOf(): { hub: FeedHub; feeds: FakeFeed[] } {
  const feeds: FakeFeed[] = [];
  const hub = createFeedHub((handlers) => {
    const feed = new FakeFeed(handlers);
    feeds.push(feed);
    return feed;
  });
  return { hub, feeds };
}

describe("a feed hub", () => {
  test("opens its feed on the first open() and only once", () => {
    const { hub, feeds } = hubOf();
    hub.listen({});
    assert.deepEqual([hub.current, feeds.length], [null, 0]);
    hub.open();
    hub.open();
    assert.equal(feeds.length, 1);
    assert.equal(hub.current, feeds[0]);
  });

  test("delivers each event to all its listeners in order, whenever they were added", () => {
    const { hub, feeds } = hubOf();
    const heard: string[] = [];
    hub.listen({
      onMessage: (payload) => void heard.push(`one: ${payload}`),
      onRestored: () => void heard.push("one: restored"),
    });
    hub.open();
    hub.listen({
      onMessage: (payload) => void heard.push(`two: ${payload}`),
      onLost: ({ code }) => void heard.push(`two: ${code}`),
    });
    feeds[0]!.restore();
    feeds[0]!.say("resync");
    feeds[0]!.lose();
    assert.deepEqual(heard, ["one: restored", "one: resync", "two: resync", "two: database_unavailable"]);
  });

  test("has no feed after close() and does not open again", async () => {
    for (const isOpened of [true, false]) {
      const { hub, feeds } = hubOf();
      if (isOpened) hub.open();
      await hub.close();
      await hub.close();
      hub.open();
      assert.equal(hub.current, null);
      assert.deepEqual(feeds.map(({ isClosed }) => isClosed), isOpened ? [true] : []);
    }
  });

  test("works without a feed", async () => {
    const hub = createFeedHub(null);
    hub.listen({ onLost: () => assert.fail("nothing was lost") });
    hub.open();
    assert.equal(hub.current, null);
    await hub.close();
  });
});
