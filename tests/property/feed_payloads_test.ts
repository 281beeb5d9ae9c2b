/**
 * Arbitrary payloads on the feed's channel, which every database user can write to: nothing throws, no socket is
 * closed.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseFeedMessage } from "../../src/internal/feed_message.ts";
import { toWire } from "../../src/sockets/registry/target.ts";
import { hostileMix } from "../unit/internal/hostile_text.ts";
import { FakeNode, type FakeSocket, sessionsMessage } from "../unit/sockets/fake_node.ts";
import { RUNS } from "./site.ts";

const fake = new FakeNode({ hasFeed: true });
const sockets: FakeSocket[] = [fake.visit(1), fake.visit(2, "second"), fake.open(null, null)];
fake.feed!.restore();

/** Sends a payload and waits for everything that follows. */
async function say(payload: string): Promise<void> {
  fake.feed!.say(payload);
  await fake.time.advance(100);
}

function assertAllLive(): void {
  assert.deepEqual(sockets.map(({ transport }) => transport.end), [null, null, null]);
  assert.equal(fake.node.registry.size, sockets.length);
  assert.deepEqual(fake.events.filter(({ type }) => type === "auth.unavailable" || type === "error"), []);
  assert.deepEqual(fake.feed!.sent, []);
}

const sealed = fake.services.seal.seal({
  id: "an order",
  from: "somebody",
  target: toWire({ userId: 1 }, "integer"),
});
const payloads = hostileMix(
  ...["sessions ", "tokens ", "users ", "order ", "ping ", "bye ", "resync", " ", ":", "\n", "\u0000"],
  ...["0f1e2d3c4b5a", sessionsMessage("second").slice(9), '["1"]', '["1","2"]', "[", "]", '"', "__proto__"],
  ...[sealed, sealed.slice(0, -3), sealed.split(":")[0]!, "otherNode0000000", "{}", "null"],
);

describe("any payload", () => {
  test("closes no socket whose login is valid, and reports no error", async () => {
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        await say(payload);
        assertAllLive();
      }),
      RUNS,
    );
  });

  test("is parsed without an error, or ignored", () => {
    const kinds = ["sessions", "tokens", "users", "resync", "ping", "bye"];
    fc.assert(
      fc.property(payloads, (payload) => {
        const message = parseFeedMessage(payload);
        assert.ok(message === null || kinds.includes(message.kind));
      }),
      RUNS,
    );
  });
});

describe("any order sealed with the site's own key", () => {
  test("is ignored when a field is malformed", async () => {
    const good = {
      id: "1",
      from: "other",
      target: toWire({ userId: 1 }, "integer"),
      code: 4409,
      reason: "bye",
    };
    const wrong = fc.oneof(
      fc.record({ id: fc.jsonValue().filter((value) => typeof value !== "string") }),
      fc.record({ from: fc.jsonValue().filter((value) => typeof value !== "string") }),
      fc.record({ code: fc.jsonValue().filter((value) => typeof value !== "number") }),
      fc.record({ code: fc.oneof(fc.double(), fc.integer({ max: 999 }), fc.integer({ min: 5000 })) }),
      fc.record({ reason: fc.jsonValue().filter((value) => typeof value !== "string") }),
      fc.record({ target: fc.jsonValue() }),
      fc.record({ closed: fc.jsonValue() }),
      fc.record({
        target: fc.record({
          by: fc.string(),
          value: fc.jsonValue(),
          except: fc.jsonValue(),
          before: fc.jsonValue(),
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(wrong, async (changes) => {
        await say(`order ${fake.services.seal.seal({ ...good, ...changes })}`);
        assertAllLive();
      }),
      RUNS,
    );
  });

  test("is ignored when it is any other JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        await say(`order ${fake.services.seal.seal(value)}`);
        assertAllLive();
      }),
      RUNS,
    );
  });
});
