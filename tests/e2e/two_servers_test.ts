/** Two servers with one `djangoAuth()`, as for two ports or two certificates: one set of sockets, one set of limits. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { SocketHandlers } from "../../src/sockets/socket/options.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { needsOracle } from "../ground/oracle.ts";
import { serve, type TestServer } from "./serve.ts";
import { Browser, cookieOf, newPerson, pages, siteAuth } from "./site.ts";
import { upgrade, type WireSocket } from "./wire.ts";

// Only the process itself detects changes: there is no feed and no revalidation.
const QUIET = { feed: false, revalidateInterval: 0 } as const;
const ECHO: SocketHandlers<DjangoUserRow> = { message: (socket, data) => void socket.send(data) };

/** Serves twice while `work` goes on. */
async function servedTwice(
  auth: DjangoAuth,
  work: (first: TestServer, second: TestServer) => Promise<void>,
): Promise<void> {
  const servers = [1, 2].map(() => serve(auth, { fetch: pages(auth), websocket: ECHO }));
  try {
    await work(servers[0]!, servers[1]!);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await auth.close();
  }
}

function open({ host, url }: TestServer, cookie: string): Promise<WireSocket> {
  return upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
}

async function isOpen(socket: WireSocket): Promise<boolean> {
  socket.send("there?");
  return await socket.receive() === "there?";
}

describe("two servers with one djangoAuth()", needsOracle, () => {
  test("close the sockets of both on a disconnect, except an excluded one", async () => {
    const auth = siteAuth({ sockets: QUIET });
    await servedTwice(auth, async (first, second) => {
      const [ann, bob] = [await newPerson(), await newPerson()];
      const one = await open(first, await cookieOf(ann));
      const stays = auth.sockets.ofUser(ann.pk)[0]!.id;
      const two = await open(second, await cookieOf(ann));
      const bobs = await open(second, await cookieOf(bob));
      assert.equal(auth.sockets.count, 3);
      assert.equal((await auth.sockets.disconnect({ userId: ann.pk, except: stays })).closed, 1);
      assert.deepEqual(await two.ended, { code: 4409, reason: "disconnected" });
      assert.ok(await isOpen(one));
      const again = await open(second, await cookieOf(ann));
      assert.equal((await auth.sockets.disconnect({ userId: ann.pk })).closed, 2);
      for (const socket of [one, again]) {
        assert.deepEqual(await socket.ended, { code: 4409, reason: "disconnected" });
      }
      assert.ok(await isOpen(bobs));
      await bobs.close();
    });
  });

  test("share one limit, and replace the oldest socket on whichever server it is", async () => {
    for (const whenFull of ["refuse", "replace"] as const) {
      const auth = siteAuth({ sockets: { ...QUIET, maxPerUser: 2, whenFull } });
      await servedTwice(auth, async (first, second) => {
        const cookie = await cookieOf(await newPerson());
        const oldest = await open(first, cookie);
        const middle = await open(second, cookie);
        const newest = await open(second, cookie);
        const [goes, stay, end] = whenFull === "refuse"
          ? [newest, [oldest, middle], { code: 4429, reason: "too_many_connections" }] as const
          : [oldest, [middle, newest], { code: 4409, reason: "replaced" }] as const;
        assert.deepEqual(await goes.ended, end);
        for (const socket of stay) assert.ok(await isOpen(socket));
        assert.equal(auth.sockets.count, 2);
        for (const socket of stay) await socket.close();
      });
    }
  });

  test("close the sockets of a session on both after a logout at one, and no others", async () => {
    const auth = siteAuth({ sockets: QUIET });
    await servedTwice(auth, async (first, second) => {
      const ann = await newPerson();
      const [cookie, other] = [await cookieOf(ann), await cookieOf(ann)];
      const ending = [await open(first, cookie), await open(second, cookie)];
      const lasting = [await open(first, other), await open(second, other)];
      assert.equal((await new Browser(first.url, cookie).post("/logout")).status, 204);
      for (const socket of ending) {
        assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
      }
      for (const socket of lasting) assert.ok(await isOpen(socket));
      for (const socket of lasting) await socket.close();
    });
  });

  test("are both emptied by one drain, and accept no sockets afterwards", async () => {
    const auth = siteAuth({ sockets: QUIET });
    await servedTwice(auth, async (first, second) => {
      const cookie = await cookieOf(await newPerson());
      const sockets = [await open(first, cookie), await open(second, cookie)];
      await auth.sockets.drain({ seconds: 2 });
      for (const server of [first, second]) sockets.push(await open(server, cookie));
      for (const socket of sockets) {
        assert.deepEqual(await socket.ended, { code: 1012, reason: "server_restart" });
      }
    });
  });
});
