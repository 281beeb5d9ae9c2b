/** A node that is drained over real sockets. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { crowd, tallyOf, until } from "./crowd.ts";
import { Browser, cookieOf, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { upgrade, type WireHeaders } from "./wire.ts";

describe("a node that is drained", needsOracle, () => {
  test("closes its sockets one after another with 1012 until none is left", async () => {
    const cookie = await cookieOf(await newPerson());
    const closed: number[] = [];
    const log = new EventLog();
    const auth = siteAuth({ onEvent: log.listen });
    const websocket = { close: (_socket: unknown, code: number) => void closed.push(code) };
    await served(auth, { websocket }, async ({ url, host }) => {
      const headers: WireHeaders = [["origin", url], ["cookie", cookie]];
      const members = await crowd(host, 200, () => headers);
      await until(() => auth.sockets.count === 200);
      const start = performance.now();
      const moments: number[] = [];
      for (const { socket } of members) socket.ended.then(() => moments.push(performance.now() - start));
      const drained = auth.sockets.drain({ seconds: 2 });
      const refused = await upgrade(host, { headers });
      assert.deepEqual(await refused.ended, { code: 1012, reason: "server_restart" });
      await drained;
      const took = performance.now() - start;
      assert.ok(took > 1200 && took < 2300, `${took} ms`);
      await until(() => moments.length === 200);
      assert.deepEqual(tallyOf(members), { "1012 server_restart": 200 });
      assert.deepEqual(closed, Array(200).fill(1012));
      assert.equal(auth.sockets.count, 0);
      const told = log.all.filter((event) => event.type === "sockets.drained");
      assert.deepEqual(told.map((event) => event.closed), [200]);
      // The closes are spread about evenly over the time.
      for (let quarter = 0; quarter < 7; quarter++) {
        const count = moments.filter((moment) =>
          moment >= quarter * 250 && moment < (quarter + 1) * 250
        ).length;
        assert.ok(count >= 5 && count <= 80, `${count} in quarter ${quarter}`);
      }
      // Pages are still answered.
      assert.equal((await new Browser(url, cookie).fetch("/")).status, 200);
      await auth.sockets.drain();
    });
  });

  test("or closed without a drain leaves no socket open, whose login nothing would check any more", async () => {
    const cookie = await cookieOf(await newPerson());
    const auth = siteAuth({ onEvent: new EventLog().listen });
    await served(auth, { websocket: {} }, async ({ url, host }) => {
      const members = await crowd(host, 250, () => [["origin", url], ["cookie", cookie]]);
      await until(() => auth.sockets.count === 250);
      await auth.close();
      assert.equal(auth.sockets.count, 0);
      await Promise.all(members.map(({ socket }) => socket.ended));
      assert.deepEqual(tallyOf(members), { "1012 server_restart": 250 });
    });
  });

  test("answers upgrades with 503 and Retry-After over HTTP", async () => {
    const auth = siteAuth({ onEvent: () => {} });
    await served(auth, { websocket: { rejectWith: "http" } }, async ({ url, host }) => {
      await auth.sockets.drain({ seconds: 5 });
      const { response } = await upgrade(host, { headers: [["origin", url]] });
      assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "1"]);
      assert.equal(JSON.parse(response.body).code, "server_restart");
    });
  });

  test("twice at once finishes within the shorter of the two times", async () => {
    const cookie = await cookieOf(await newPerson());
    const auth = siteAuth({ onEvent: () => {} });
    await served(auth, { websocket: {} }, async ({ url, host }) => {
      const members = await crowd(host, 20, () => [["origin", url], ["cookie", cookie]]);
      await until(() => auth.sockets.count === 20);
      const start = performance.now();
      await Promise.all([auth.sockets.drain({ seconds: 30 }), auth.sockets.drain({ seconds: 0.2 })]);
      assert.ok(performance.now() - start < 1000);
      await until(() => members.every(({ end }) => end !== null));
      assert.deepEqual(tallyOf(members), { "1012 server_restart": 20 });
    });
  });
});
