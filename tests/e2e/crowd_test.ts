/** Hundreds of concurrent upgrades on one node with limits: exactly as many sockets stay open as the limit allows. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SocketsOptions } from "../../src/auth/options/options.ts";
import type { DjangoSocket } from "../../src/sockets/socket/socket.ts";
import { needsOracle } from "../ground/oracle.ts";
import { crowd, openOf, tallyOf, until } from "./crowd.ts";
import { cookieOf, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, type WireHeaders } from "./wire.ts";

const SIZE = 500;
const LIMIT = 5;
const websocket = {
  message: (socket: Pick<DjangoSocket, "send">, data: string | Uint8Array) => socket.send(data as string),
};

/** What the sockets have in common, the limit on that, and the headers of each socket. */
const CROWDS: readonly (readonly [
  name: string,
  sockets: SocketsOptions,
  headersOf: (index: number, cookies: readonly string[]) => WireHeaders,
])[] = [
  ["one user's sessions", { maxPerUser: LIMIT }, (index, cookies) => [["cookie", cookies[index % 4]!]]],
  ["one session", { maxPerSession: LIMIT }, (_, cookies) => [["cookie", cookies[0]!]]],
  ["one address", { maxPerAddress: LIMIT }, (index, cookies) => [["cookie", cookies[index % 6]!]]],
  [
    "one IPv6 network behind a proxy",
    { maxPerAddress: LIMIT, trustedProxies: ["127.0.0.1"] },
    (index, cookies) => [
      ["cookie", cookies[index % 6]!],
      ["x-forwarded-for", `198.51.100.${index % 250}, 2001:db8:7:7::${index.toString(16)}`],
    ],
  ],
  ["the whole node", { max: LIMIT }, (index, cookies) => [["cookie", cookies[index % 6]!]]],
];

const TOO_MANY = "4429 too_many_connections";
/** How the oldest end: an undecided one whose place on the node went to anybody else may come back. */
const REPLACED: Readonly<Record<"node" | "other", readonly string[]>> = {
  node: ["4409 replaced", "1013 try_again_later"],
  other: ["4409 replaced"],
};

async function sixCookies(): Promise<string[]> {
  const person = await newPerson();
  const cookies = await Promise.all(Array.from({ length: 4 }, () => cookieOf(person)));
  return [...cookies, await cookieOf(await newPerson()), await cookieOf(await newPerson())];
}

describe(`of ${SIZE} concurrent upgrades`, needsOracle, () => {
  for (const [name, limit, headersOf] of CROWDS) {
    for (const whenFull of ["refuse", "replace"] as const) {
      test(`for ${name}, ${LIMIT} stay open with whenFull: ${whenFull}`, async () => {
        const cookies = await sixCookies();
        const events = new EventLog();
        const auth = siteAuth({ sockets: { ...limit, whenFull }, onEvent: events.listen });
        await served(auth, { websocket }, async ({ url, host }) => {
          for (let round = 0; round < 2; round++) {
            const members = await crowd(
              host,
              SIZE,
              (index) => [["origin", url], ...headersOf(index, cookies)],
            );
            await until(() => openOf(members).length <= LIMIT);
            const reasons = whenFull === "refuse" ? [TOO_MANY] : REPLACED["max" in limit ? "node" : "other"];
            const { open, ...ends } = tallyOf(members);
            const isExpected = reasons.some((reason) => (ends[reason] ?? 0) > 0);
            assert.deepEqual([open, isExpected], [LIMIT, true], JSON.stringify(ends));
            // Upgrades that arrive faster than clients answer the close frames are refused instead of replaced.
            const others = Object.keys(ends).filter((end) => end !== TOO_MANY && !reasons.includes(end));
            assert.deepEqual(others, []);
            assert.equal(auth.sockets.count, LIMIT);
            for (const { socket } of openOf(members)) {
              socket.send("still there?");
              assert.equal(await socket.receive(), "still there?");
              socket.destroy();
            }
            await until(() => auth.sockets.count === 0);
            assert.equal(auth.sockets.count, 0);
          }
          assert.deepEqual(events.trouble, []);
          assert.deepEqual(events.all.filter(({ type }) => type === "auth.rejected"), []);
        });
      });
    }
  }

  test("those over the limit get 429 with Retry-After when rejected over HTTP", async () => {
    const cookie = await cookieOf(await newPerson());
    const auth = siteAuth({ sockets: { maxPerUser: LIMIT }, onEvent: () => {} });
    await served(auth, { websocket: { ...websocket, rejectWith: "http" } }, async ({ url, host }) => {
      const members = await crowd(host, SIZE, () => [["origin", url], ["cookie", cookie]]);
      assert.deepEqual(tallyOf(members), { open: LIMIT, 429: SIZE - LIMIT });
      const { response } = members.find(({ socket }) => socket.status === 429)!.socket;
      assert.equal(response.headers.get("retry-after"), "10");
      assert.deepEqual(JSON.parse(response.body), {
        ...{ title: "Too Many Requests", status: 429, code: "too_many_connections" },
      });
      for (const { socket } of openOf(members)) socket.destroy();
    });
  });

  test("those beyond the queue are closed with 1013 without waiting, and the others open", async () => {
    const cookie = await cookieOf(await newPerson());
    const events = new EventLog();
    const auth = siteAuth({ sockets: { maxAuthenticating: 20, maxWaiting: 30 }, onEvent: events.listen });
    const gate = Promise.withResolvers<undefined>();
    await served(auth, { websocket: { ...websocket, data: () => gate.promise } }, async ({ url, host }) => {
      const asked = crowd(host, SIZE, () => [["origin", url], ["cookie", cookie]]);
      await until(() => events.all.length >= SIZE - 50);
      gate.resolve(undefined);
      const members = await asked;
      await until(() => openOf(members).length <= 50);
      assert.deepEqual(tallyOf(members), { open: 50, "1013 try_again_later": SIZE - 50 });
      for (const { socket } of openOf(members)) socket.destroy();
    });
  });
});

test("X-Forwarded-For is used only from a trusted proxy", needsOracle, async () => {
  const cookie = await cookieOf(await newPerson());
  for (const [trustedProxies, open] of [[["127.0.0.1"], 6], [["10.0.0.0/8"], 2], [1, 6], [[], 2]] as const) {
    const auth = siteAuth({ sockets: { maxPerAddress: 2, trustedProxies }, onEvent: () => {} });
    await served(auth, { websocket }, async ({ url, host }) => {
      const members = await crowd(host, 9, (index) => [
        ["origin", url],
        ["cookie", cookie],
        ["x-forwarded-for", `203.0.113.${index % 3}`],
      ]);
      await until(() => openOf(members).length <= open);
      assert.equal(openOf(members).length, open, JSON.stringify(trustedProxies));
      for (const { socket } of openOf(members)) socket.destroy();
    });
  }
});

test("a socket that opens over the limit replaces only the oldest one", needsOracle, async () => {
  const cookie = await cookieOf(await newPerson());
  const auth = siteAuth({ sockets: { maxPerUser: 2, whenFull: "replace" }, onEvent: () => {} });
  await served(auth, { websocket }, async ({ url, host }) => {
    const open = () => upgrade(host, { headers: [["origin", url], ["cookie", cookie]] });
    const sockets = [await open(), await open()];
    await until(() => auth.sockets.count === 2);
    const third = await open();
    assert.deepEqual(await sockets[0]!.ended, { code: 4409, reason: "replaced" });
    for (const socket of [sockets[1]!, third]) {
      socket.send("still there?");
      assert.equal(await socket.receive(), "still there?");
      await socket.close();
    }
  });
});
