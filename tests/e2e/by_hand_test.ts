/**
 * A server without `attach` that calls `auth.context`, `context.finish` and `auth.upgrade` itself works as with
 * `attach`.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Handler } from "../../src/auth/request/handler.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { SocketHandlers } from "../../src/sockets/socket/options.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { needsOracle } from "../ground/oracle.ts";
import { serveByHand } from "./by_hand.ts";
import type { TestServer } from "./serve.ts";
import { cookieOf, django, EventLog, keyIn, newPerson, siteAuth } from "./site.ts";
import { QUICK_ROUNDS } from "./token_site.ts";
import { send, upgrade } from "./wire.ts";

const whoami: Handler = async (_request, context) => new Response((await context.user())?.username);

const echo: SocketHandlers<DjangoUserRow> = {
  protocols: ["chat"],
  async data(_request, context) {
    (await context.session()).set("opened", true);
    return undefined;
  },
  open: (socket) => socket.send(`welcome ${socket.user.username}`),
  message: (socket, data) => socket.send(data),
};

describe("a server without attach", needsOracle, () => {
  test("resolves the user of a request, and adds Vary to its response", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await served("response", async ({ host }) => {
      const response = await send(host, { headers: [["cookie", cookie]] });
      assert.deepEqual([response.status, response.body], [200, person.username]);
      assert.equal(response.headers.get("vary"), "Cookie");
    });
  });

  test("opens sockets with cookie and protocol on the 101, and closes them when the session ends", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await served("response", async ({ url, host }, auth) => {
      const socket = await upgrade(host, {
        headers: [["cookie", cookie], ["origin", url], ["sec-websocket-protocol", "chat"]],
      });
      assert.equal(socket.protocol, "chat");
      assert.equal(socket.response.setCookies.length, 1);
      assert.match(socket.response.setCookies[0]!, new RegExp(`^sessionid=${keyIn(cookie)};`));
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      socket.send("hello");
      assert.equal(await socket.receive(), "hello");
      assert.equal(auth.sockets.count, 1);
      await django().deleteSession(keyIn(cookie));
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
      assert.equal(auth.sockets.count, 0);
    });
  });

  test("refuses an upgrade with a close code or an HTTP response, whichever it chooses", async () => {
    const refusedBy = (how: "close" | "response") =>
      served(how, async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["origin", url]] });
        if (how === "close") {
          assert.deepEqual(await socket.ended, { code: 4401, reason: "not_authenticated" });
        } else {
          assert.equal(socket.status, 401);
          assert.equal(JSON.parse(socket.response.body).code, "not_authenticated");
        }
      });
    await refusedBy("close");
    await refusedBy("response");
  });
});

async function served(
  refuseBy: "close" | "response",
  work: (server: TestServer, auth: DjangoAuth) => Promise<void>,
): Promise<void> {
  const auth = siteAuth({ sockets: QUICK_ROUNDS, onEvent: new EventLog().listen });
  const server = serveByHand(auth, { page: whoami, websocket: echo, refuseBy });
  try {
    await work(server, auth);
  } finally {
    await server.stop();
    await auth.close();
  }
}
