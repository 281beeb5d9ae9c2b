/** Thousands of sockets that end in unusual ways: nothing of them is left, and each frees its place in the limits. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import process from "node:process";
import { needsOracle } from "../ground/oracle.ts";
import { crowd, openOf, tallyOf, until } from "./crowd.ts";
import { IS_DENO } from "./serve.ts";
import { cookieOf, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, upgradeAndLeave, type WireHeaders } from "./wire.ts";

const LIMIT = 200;
/** How many end at a time; a few more hold places because no event reports their end. */
const IN_FLIGHT = 20;
const sockets = { max: LIMIT, maxPerAddress: LIMIT, maxPerSession: LIMIT, maxPerUser: LIMIT };

/** Makes a handshake over a connection that may be half open. */
async function dial(host: string, headers: WireHeaders): Promise<Socket> {
  const { hostname, port } = new URL(`http://${host}`);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, "connect");
  const lines = [
    ["host", host],
    ["upgrade", "websocket"],
    ["connection", "upgrade"],
    ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["sec-websocket-version", "13"],
    ...headers,
  ];
  socket.write(`GET / HTTP/1.1\r\n${lines.map((line) => line.join(": ")).join("\r\n")}\r\n\r\n`);
  socket.on("error", () => {});
  // A server that never responds should fail the test, not hang it.
  socket.setTimeout(4000, () => socket.destroy());
  await new Promise<void>((resolve) => socket.once("data", () => resolve()).once("close", () => resolve()));
  return socket;
}

/** Ways for one socket to end. */
const ENDS: Readonly<Record<string, (host: string, headers: WireHeaders) => Promise<unknown>>> = {
  "closed in order": async (host, headers) => await (await upgrade(host, { headers })).close(),
  "destroyed without a close frame": async (host, headers) => (await upgrade(host, { headers })).destroy(),
  "reset": async (host, headers) => (await dial(host, headers)).resetAndDestroy(),
  "half open": async (host, headers) => {
    const socket = await dial(host, headers);
    socket.end();
    await sleep(20);
    socket.destroy();
  },
  "ended in the middle of a frame": async (host, headers) => {
    const socket = await dial(host, headers);
    socket.end(new Uint8Array([0x81, 0xfe, 0x10]));
    await sleep(20);
    socket.destroy();
  },
  "closed for a frame that is none": async (host, headers) => {
    const socket = await dial(host, headers);
    socket.write(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    await sleep(20);
    socket.destroy();
  },
  "left during the decision": (host, headers) => upgradeAndLeave(host, headers, (socket) => socket.destroy()),
  "left during the decision with FIN": (host, headers) =>
    upgradeAndLeave(host, headers, (socket) => socket.end()),
  "reset during the decision": (host, headers) =>
    upgradeAndLeave(host, headers, (socket) => socket.resetAndDestroy()),
  "refused": async (host, headers) => {
    const strangers = headers.filter(([name]) => name !== "cookie");
    assert.equal((await (await upgrade(host, { headers: strangers })).ended).code, 4401);
  },
};

describe("sockets", needsOracle, () => {
  test(
    "free their places in the limits, in whatever way thousands of them end",
    { timeout: 60_000 },
    async () => {
      const cookie = await cookieOf(await newPerson());
      const events = new EventLog();
      const auth = siteAuth({ sockets, onEvent: events.listen });
      // The delay lets some clients leave while their upgrade is pending.
      const websocket = { data: () => Math.random() < 0.5 ? sleep(40, undefined) : undefined };
      await served(auth, { websocket }, async ({ url, host }) => {
        const headers: WireHeaders = [["origin", url], ["cookie", cookie]];
        const ends = Object.values(ENDS);
        for (let round = 0; round < 75; round++) {
          await Promise.all(
            Array.from({ length: IN_FLIGHT }, (_, index) => ends[index % ends.length]!(host, headers)),
          );
          // The upgrades of clients that left are still pending.
          if (round % 5 === 4) await sleep(60);
        }
        await until(() => auth.sockets.count === 0);
        assert.equal(auth.sockets.count, 0);
        // Deno reports no end of some that leave at the wrong moment: not having opened, they are given up after ten
        // seconds.
        await sleep(IS_DENO ? 11_000 : 200);
        assert.deepEqual(events.all.filter(({ type }) => type === "auth.limited"), []);
        assert.deepEqual(events.trouble, []);
        // All places are free again, so exactly the sockets over the limit are refused.
        const members = await crowd(host, LIMIT + 3, () => headers);
        await until(() => openOf(members).length <= LIMIT);
        assert.deepEqual(tallyOf(members), { open: LIMIT, "4429 too_many_connections": 3 });
        for (const { socket } of openOf(members)) socket.destroy();
      });
    },
  );

  test("whose clients ignore close frames hold their places until their connections end", async () => {
    const cookie = await cookieOf(await newPerson());
    const auth = siteAuth({ sockets: { maxPerUser: 2 }, onEvent: () => {} });
    await served(auth, { websocket: {} }, async ({ url, host }) => {
      const headers: WireHeaders = [["origin", url], ["cookie", cookie]];
      const stubborn = [await dial(host, headers), await dial(host, headers)];
      await until(() => auth.sockets.count === 2);
      for (const socket of auth.sockets) socket.close(4000, "please go");
      // They are no longer live, although on Deno their connections stay open until the clients answer.
      assert.equal(auth.sockets.count, 0);
      await sleep(50);
      const next = await upgrade(host, { headers });
      if (IS_DENO) {
        assert.deepEqual(await next.ended, { code: 4429, reason: "too_many_connections" });
      } else {
        // Bun ends the connection together with its close frame.
        next.destroy();
      }
      for (const socket of stubborn) socket.destroy();
      await sleep(100);
      const members = await crowd(host, 3, () => headers);
      await until(() => openOf(members).length <= 2);
      assert.equal(openOf(members).length, 2);
      for (const { socket } of openOf(members)) socket.destroy();
    });
  });
});

test(
  "an upgrade that waits for a slow database is closed with 4408, or gets 408 over HTTP",
  needsOracle,
  async () => {
    const cookie = await cookieOf(await newPerson());
    const sql = postgres(process.env.ORACLE_DATABASE_URL ?? "", { max: 1 });
    try {
      for (const rejectWith of ["close", "http"] as const) {
        const auth = siteAuth({ sockets: { authenticationDeadline: 0.5, maxPerUser: 1 }, onEvent: () => {} });
        await served(auth, { websocket: { rejectWith } }, async ({ url, host }) => {
          const headers: WireHeaders = [["origin", url], ["cookie", cookie]];
          const start = performance.now();
          await sql.begin(async (transaction) => {
            await transaction`lock table django_session in access exclusive mode`;
            const socket = await upgrade(host, { headers });
            if (rejectWith === "http") assert.equal(socket.status, 408);
            else assert.deepEqual(await socket.ended, { code: 4408, reason: "authentication_timeout" });
          });
          const took = performance.now() - start;
          assert.ok(took >= 450 && took < 1500, `${took} ms`);
          // No place in the limits is lost, and no user is logged out.
          const socket = await upgrade(host, { headers });
          await until(() => auth.sockets.count === 1);
          assert.equal(auth.sockets.count, 1);
          assert.deepEqual(await socket.close(), { code: 1000, reason: "" });
        });
      }
    } finally {
      await sql.end();
    }
  },
);
