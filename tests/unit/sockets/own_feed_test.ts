/** A feed of the application's own, as for a driver of its own: opened when it is needed, heard, and closed with the rest. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { djangoAuth } from "../../../src/django_auth.ts";
import { MemoryDatabase } from "../auth/memory_database.ts";
import { siteOptions } from "../auth/site.ts";
import { FakeFeed } from "./fake_node.ts";

test("sockets.feed opens the feed that it makes, once, and close() closes it", async () => {
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

test("without it, a driver of one's own has no feed", async () => {
  const auth = djangoAuth(siteOptions(new MemoryDatabase()));
  const { reached } = await auth.sockets.disconnect({ userId: 1 });
  assert.equal(reached, false);
  await auth.close();
});
