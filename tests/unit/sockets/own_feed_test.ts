/** A custom feed, as for a custom driver: it is opened when needed, used, and closed with the rest. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { djangoAuth } from "../../../src/django_auth.ts";
import { MemoryDatabase } from "../auth/memory_database.ts";
import { siteOptions } from "../auth/site.ts";
import { FakeFeed } from "./fake_node.ts";

test("sockets.feed is called once, when a feed is needed, and close() closes its feed", async () => {
  const feeds: FakeFeed[] = [];
  const auth = djangoAuth({
    ...siteOptions(new MemoryDatabase()),
    sockets: {
      feed(handlers) {
        const feed = new FakeFeed(handlers);
        feed.isLive = feed.knowsAll = true;
        feeds.push(feed);
        return feed;
      },
    },
  });
  assert.equal(feeds.length, 0);
  await auth.sockets.disconnect({ userId: 1 });
  await auth.sockets.disconnect({ userId: 1 });
  assert.equal(feeds.length, 1);
  assert.equal(feeds[0]!.sent.length, 2);
  await auth.close();
  assert.equal(feeds[0]!.isClosed, true);
});

test("a custom driver has no feed without sockets.feed", async () => {
  const auth = djangoAuth(siteOptions(new MemoryDatabase()));
  const { reached } = await auth.sockets.disconnect({ userId: 1 });
  assert.equal(reached, false);
  await auth.close();
});
