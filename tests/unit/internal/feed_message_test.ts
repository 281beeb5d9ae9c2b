/** Parsing of the messages on the feed's channel. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatNodeMessage, parseFeedMessage } from "../../../src/internal/feed_message.ts";

describe("parseFeedMessage", () => {
  it("reads what triggers and nodes write", () => {
    const messages: [string, unknown][] = [
      ["sessions 000000000001ffffffffffff", { kind: "sessions", hashes: [1, 2 ** 48 - 1] }],
      ["tokens 0f1e2d3c4b5a", { kind: "tokens", hashes: [0x0f1e2d3c4b5a] }],
      ['users ["7","o\'\\"{,}\\\\ é😀","\\u0001"]', { kind: "users", keys: ["7", "o'\"{,}\\ é😀", "\x01"] }],
      ["resync", { kind: "resync" }],
      ["ping abcdefghijklmnOP", { kind: "ping", nodeId: "abcdefghijklmnOP" }],
      ["bye 0123456789ABcdef", { kind: "bye", nodeId: "0123456789ABcdef" }],
    ];
    for (const [payload, message] of messages) assert.deepEqual(parseFeedMessage(payload), message);
    assert.equal(formatNodeMessage("ping", "abcdefghijklmnOP"), "ping abcdefghijklmnOP");
  });

  it("treats an unreadable list as a resync", () => {
    const lists = [
      "sessions ",
      "sessions 0f1e2d3c4b5",
      "sessions 0F1E2D3C4B5A",
      "sessions 0f1e2d3c4b5a 0f1e2d3c4b5a",
      "sessions 0f1e2d3c4b5a\n",
      "sessions  0f1e2d3c4b5a",
      "tokens g00000000000",
      "users 7",
      "users []",
      "users [7]",
      'users ["7"',
      'users [x,"7"]',
      'users {"0":"7","length":1}',
      'users ["7",null]',
      `users ${"[".repeat(7000)}`,
    ];
    for (const payload of lists) {
      assert.deepEqual(parseFeedMessage(payload), { kind: "resync" }, payload.slice(0, 40));
    }
  });

  it("returns null for anything else", () => {
    const others = [
      "",
      " ",
      "sessions",
      " sessions 0f1e2d3c4b5a",
      "users",
      "resync ",
      "RESYNC",
      "ping",
      "ping abcdefghijklmno",
      "ping abcdefghijklmno-",
      "bye abcdefghijklmnopq",
      "constructor x",
      "__proto__ x",
      `sessions ${"0f1e2d3c4b5a".repeat(700)}`,
    ];
    for (const payload of others) assert.equal(parseFeedMessage(payload), null, payload.slice(0, 40));
  });
});
