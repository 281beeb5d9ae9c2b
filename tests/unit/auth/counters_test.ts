import assert from "node:assert/strict";
import { test } from "node:test";
import { EventCounters } from "../../../src/auth/events/counters.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";

test("events are counted by type and code", () => {
  const counters = new EventCounters();
  counters.add({ type: "auth.rejected", code: "session_ended", path: "/a" });
  counters.add({ type: "auth.rejected", code: "session_ended", path: "/b" });
  counters.add({ type: "auth.rejected", code: "origin_not_allowed", path: "/a" });
  counters.add({ type: "error", where: "message", error: new Error("secret") });
  counters.add({ type: "sockets.disconnected", by: "user", closed: 3 });
  counters.add({ type: "feed.lost", error: new DatabaseUnavailable() });
  assert.deepEqual(counters.read(), [
    { type: "auth.rejected", code: "session_ended", count: 2 },
    { type: "auth.rejected", code: "origin_not_allowed", count: 1 },
    { type: "error", code: "message", count: 1 },
    { type: "sockets.disconnected", code: "user", count: 1 },
    { type: "feed.lost", code: "", count: 1 },
  ]);
});

test("close codes chosen by clients are counted together as other", () => {
  const counters = new EventCounters();
  for (const code of [1000, 1006, 4401, 3001, 4777, 4999]) {
    counters.add({ type: "socket.closed", socketId: "", userId: null, code, reason: "" });
  }
  assert.deepEqual(counters.read().map(({ code, count }) => [code, count]), [
    ["1000", 1],
    ["1006", 1],
    ["4401", 1],
    ["other", 3],
  ]);
});
