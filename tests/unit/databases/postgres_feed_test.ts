/** What a feed can be opened with; its behaviour is tested in `feed_test.ts` and `tests/faults/feed_test.ts`. */

import assert from "node:assert/strict";
import { it } from "node:test";
import { createPostgresFeed, type PostgresFeedOptions } from "../../../src/databases/postgres/feed.ts";
import type { PostgresClient } from "../../../src/databases/postgres/client.ts";

it("a feed refuses invalid sources and options at once, and quotes no address", () => {
  const options: PostgresFeedOptions = {
    channel: "never",
    onMessage: () => {},
    onRestored: () => {},
    onLost: () => {},
  };
  const wrong: [unknown, Partial<PostgresFeedOptions>, RegExp][] = [
    ["mysql://ann:secret@host/x", {}, /scheme "mysql"/],
    ["host with secret", {}, /is not a URL/],
    [undefined, {}, /^source is undefined, /],
    [{ unsafe: () => {} }, {}, /that has its options/],
    ["postgres://localhost/x", { heartbeat: 0 }, /^heartbeat is 0, /],
    ["postgres://localhost/x", { heartbeat: Infinity }, /^heartbeat is Infinity, /],
    ["postgres://localhost/x", { deadline: NaN }, /^deadline is NaN, /],
    ["postgres://localhost/x", { deadline: "2" as unknown as number }, /^deadline is "2"/],
  ];
  for (const [source, changes, message] of wrong) {
    assert.throws(() => createPostgresFeed(source as PostgresClient, { ...options, ...changes }), (error) => {
      const { code, message: text } = error as { code?: string; message: string };
      assert.equal(code, "improperly_configured");
      assert.match(text, message);
      assert.doesNotMatch(text, /secret/);
      return true;
    });
  }
});
