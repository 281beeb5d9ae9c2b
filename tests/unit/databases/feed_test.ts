/** The feed's heartbeat and connections, with fake time and fake connections. */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { createFeed } from "../../../src/databases/feed/feed.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import type { Feed } from "../../../src/feed.ts";
import type { Listener, ListenerHandlers } from "../../../src/databases/feed/listener.ts";
import { FakeTime, settle } from "./fake_time.ts";

const OTHER = "otherNode0000000";

/** A connection that the test controls. */
class FakeListener implements Listener {
  readonly channel: string;
  readonly handlers: ListenerHandlers;
  readonly sent: string[] = [];
  /** Whether notifications are received at once, as with a healthy database. */
  isEcho = true;
  isClosed = false;

  constructor(channel: string, handlers: ListenerHandlers) {
    this.channel = channel;
    this.handlers = handlers;
  }

  notify(payload: string): Promise<void> {
    if (this.isClosed) return Promise.reject(new DatabaseUnavailable("gone"));
    this.sent.push(payload);
    if (!this.isEcho) return new Promise(() => {});
    this.handlers.onMessage(payload);
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
  }
}

let time: FakeTime;
let log: string[];
let listeners: FakeListener[];
let feed: Feed;

const last = (): FakeListener => listeners.at(-1)!;

function open(channel: string | (() => Promise<string>) = "channel"): Feed {
  let isNamed = false;
  feed = createFeed({
    channel,
    interval: 2000,
    deadline: 1000,
    connectTimeout: 500,
    timers: time,
    randomBytes: (length) => new Uint8Array(length).fill(isNamed ? 255 : 7),
    open: (name, handlers) => {
      const listener = new FakeListener(name, handlers);
      listeners.push(listener);
      return listener;
    },
    onMessage: (payload) => void log.push(payload),
    onRestored: () => void log.push("restored"),
    onLost: (error) => void log.push(`lost: ${error.message}`),
  });
  // From here on random bytes only determine the delays: the longest ones.
  isNamed = true;
  return feed;
}

async function goLive(): Promise<FakeListener> {
  await settle();
  last().handlers.onListening();
  await settle();
  assert.equal(feed.isLive, true);
  return last();
}

describe("a feed", () => {
  beforeEach(() => {
    time = new FakeTime();
    log = [];
    listeners = [];
  });

  it("is live only after LISTEN is confirmed and its own heartbeat has arrived", async () => {
    open();
    await settle();
    last().isEcho = false;
    assert.equal(feed.isLive, false);
    last().handlers.onListening();
    await settle();
    assert.deepEqual(last().sent, [`ping ${feed.nodeId}`]);
    assert.equal(feed.isLive, false);
    last().handlers.onMessage(`ping ${OTHER}`);
    assert.equal(feed.isLive, false);
    last().handlers.onMessage(`ping ${feed.nodeId}`);
    assert.equal(feed.isLive, true);
    assert.deepEqual(log, ["restored"]);
    assert.equal(last().channel, "channel");
  });

  it("delivers messages, but not heartbeats", async () => {
    open();
    const { handlers } = await goLive();
    handlers.onMessage("sessions 0f1e2d3c4b5a");
    handlers.onMessage(`ping ${OTHER}`);
    handlers.onMessage(`bye ${OTHER}`);
    handlers.onMessage("ping nobody");
    assert.deepEqual(log, ["restored", "sessions 0f1e2d3c4b5a", "ping nobody"]);
  });

  it("sends a heartbeat every interval while heartbeats arrive", async () => {
    open();
    const listener = await goLive();
    await time.advance(20_000);
    assert.equal(listener.sent.length, 11);
    assert.equal(listeners.length, 1);
    assert.deepEqual(log, ["restored"]);
    assert.equal(time.pending, 1);
  });

  it("is lost when a heartbeat does not arrive in time, and opens another connection", async () => {
    open();
    const first = await goLive();
    first.isEcho = false;
    await time.advance(2999);
    assert.equal(feed.isLive, true);
    await time.advance(1);
    assert.equal(feed.isLive, false);
    assert.equal(first.isClosed, true);
    assert.deepEqual(log, ["restored", "lost: The feed's heartbeat was not heard in time"]);
    first.handlers.onMessage("from a connection that was given up");
    first.handlers.onListening();
    first.handlers.onLost(new DatabaseUnavailable("late"));
    await time.advance(250);
    assert.equal(listeners.length, 2);
    await goLive();
    assert.deepEqual(log.slice(2), ["restored"]);
  });

  it("is lost at once when the connection breaks", async () => {
    open();
    (await goLive()).handlers.onLost(new DatabaseUnavailable("broken"));
    assert.equal(feed.isLive, false);
    assert.deepEqual(log, ["restored", "lost: broken"]);
  });

  it("reports a loss once, retries after 0.25 s, and never waits longer than a second", async () => {
    open();
    const attempts: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      await settle();
      attempts.push(time.now());
      last().handlers.onLost(new DatabaseUnavailable("refused"));
      const count = listeners.length;
      while (listeners.length === count) await time.advance(1);
    }
    const pauses = attempts.slice(1).map((at, index) => at - attempts[index]!);
    assert.deepEqual(pauses, [250, 500, 999, 999, 999]);
    assert.deepEqual(log, ["lost: refused"]);
    await goLive();
    last().handlers.onLost(new DatabaseUnavailable("again"));
    assert.deepEqual(log.slice(1), ["restored", "lost: again"]);
    await time.advance(250);
    assert.equal(listeners.length, 8, "after it was live, the pause is short again");
  });

  it("gives up on a connection that is not established in time", async () => {
    open();
    await time.advance(500);
    assert.equal(listeners[0]!.isClosed, true);
    assert.deepEqual(log, ["lost: The feed could not be opened in time"]);
    await time.advance(250);
    assert.equal(listeners.length, 2);
  });

  it("is not lost when this process was blocked", async () => {
    open();
    const listener = await goLive();
    listener.isEcho = false;
    await time.advance(2000);
    await time.standStill(60_000);
    // The runtime now delivers what arrived meanwhile.
    listener.handlers.onMessage(`ping ${feed.nodeId}`);
    await time.advance(1000);
    assert.equal(feed.isLive, true);
    assert.deepEqual(log, ["restored"]);
    // Nothing arrived, so it is lost.
    await time.advance(1000);
    await time.standStill(60_000);
    await time.advance(250);
    assert.equal(feed.isLive, false);
  });

  it("finds its channel before it connects, and retries when that fails", async () => {
    let calls = 0;
    open(() => ++calls < 3 ? Promise.reject(new DatabaseUnavailable("away")) : Promise.resolve("found"));
    await settle();
    assert.deepEqual(log, ["lost: away"]);
    await time.advance(1000);
    assert.equal(last().channel, "found");
    await goLive();
    last().handlers.onLost(new DatabaseUnavailable("broken"));
    await time.advance(1000);
    assert.deepEqual([calls, listeners.length], [3, 2]);
  });

  it("lists the nodes whose heartbeat arrived within three intervals", async () => {
    open();
    const { handlers } = await goLive();
    assert.deepEqual(feed.nodes(), [feed.nodeId]);
    handlers.onMessage(`ping ${OTHER}`);
    assert.deepEqual(feed.nodes(), [feed.nodeId, OTHER]);
    await time.advance(6000);
    assert.deepEqual(feed.nodes(), [feed.nodeId, OTHER]);
    await time.advance(2000);
    assert.deepEqual(feed.nodes(), [feed.nodeId]);
    handlers.onMessage(`ping ${OTHER}`);
    handlers.onMessage(`bye ${OTHER}`);
    assert.deepEqual(feed.nodes(), [feed.nodeId]);
    handlers.onMessage(`ping ${OTHER}`);
    handlers.onLost(new DatabaseUnavailable("broken"));
    assert.deepEqual(feed.nodes(), [feed.nodeId], "nothing is known without a feed");
  });

  it("limits the number of nodes", async () => {
    open();
    const { handlers } = await goLive();
    for (let index = 0; index < 5000; index++) {
      handlers.onMessage(`ping ${String(index).padStart(16, "0")}`);
    }
    assert.equal(feed.nodes().length, 1001);
  });

  it("sends payloads up to the size limit while it is live", async () => {
    open();
    await settle();
    await assert.rejects(feed.notify("early"), { code: "database_unavailable" });
    const listener = await goLive();
    await feed.notify("é".repeat(3999));
    assert.equal(listener.sent.at(-1)!.length, 3999);
    await assert.rejects(feed.notify("é".repeat(4000)), RangeError);
  });

  it("sends a goodbye on close and leaves no timer behind", async () => {
    open();
    const listener = await goLive();
    await feed.close();
    await feed.close();
    assert.equal(listener.sent.at(-1), `bye ${feed.nodeId}`);
    assert.equal(listener.isClosed, true);
    assert.equal(time.pending, 0);
    listener.handlers.onLost(new DatabaseUnavailable("late"));
    await time.advance(60_000);
    assert.deepEqual([listeners.length, log], [1, ["restored"]]);
    await assert.rejects(feed.notify("late"), { code: "database_unavailable" });
  });

  it("closes in time when the goodbye is not delivered, or nothing was ever opened", async () => {
    open();
    (await goLive()).isEcho = false;
    const closing = feed.close();
    await time.advance(250);
    await closing;
    assert.deepEqual([last().isClosed, time.pending], [true, 0]);

    open(() => new Promise(() => {}));
    await feed.close();
    open();
    await feed.close();
    open();
    await settle();
    last().handlers.onLost(new DatabaseUnavailable("refused"));
    await feed.close();
    assert.equal(time.pending, 0);
  });
});
