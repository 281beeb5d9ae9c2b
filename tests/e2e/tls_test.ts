/** A server that uses TLS itself, without a proxy: the scheme is taken from the connection. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { CERTIFICATE } from "./certificate.ts";
import { serve, type TestServer } from "./serve.ts";
import { cookieOf, newPerson, pages, PASSWORD, siteAuth } from "./site.ts";
import { send, upgrade, type WireClient, type WireHeaders } from "./wire.ts";

const CLIENT: WireClient = { ca: CERTIFICATE.cert };
const CSRF = "abcdefghijklmnopqrstuvwxyzABCDEF";

describe("a server that uses TLS", needsOracle, () => {
  test("authenticates a page and a socket, whose Origin is https", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await servedOverTls(async ({ url, host }) => {
      assert.match(url, /^https:/);
      const page = await send(host, { headers: [["cookie", cookie]] }, CLIENT);
      assert.deepEqual(JSON.parse(page.body), { user: person.username, refusal: null });
      const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] }, CLIENT);
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      assert.equal((await socket.close()).code, 1000);
    });
  });

  test("refuses a socket whose Origin is the same host over plain HTTP", async () => {
    const cookie = await cookieOf(await newPerson());
    await servedOverTls(async ({ host }) => {
      const headers: WireHeaders = [["cookie", cookie], ["origin", `http://${host}`]];
      const socket = await upgrade(host, { headers }, CLIENT);
      assert.deepEqual(await socket.ended, { code: 4403, reason: "origin_not_allowed" });
    });
  });

  test("requires an https Referer of the site for a form without an Origin", async () => {
    const person = await newPerson();
    await servedOverTls(async ({ url, host }) => {
      const statusWith = async (referer: string | null): Promise<number> => {
        const form = { username: person.username, password: PASSWORD, csrfmiddlewaretoken: CSRF };
        const headers: WireHeaders = [
          ["cookie", `csrftoken=${CSRF}`],
          ["content-type", "application/x-www-form-urlencoded"],
          ...referer === null ? [] : [["referer", referer] as const],
        ];
        const request = { method: "POST", path: "/login", headers, body: String(new URLSearchParams(form)) };
        return (await send(host, request, CLIENT)).status;
      };
      assert.equal(await statusWith(null), 403);
      assert.equal(await statusWith(`http://${host}/login`), 403);
      assert.equal(await statusWith("https://evil.example/login"), 403);
      assert.equal(await statusWith(`${url}/login`), 200);
    });
  });
});

async function servedOverTls(work: (server: TestServer) => Promise<void>): Promise<void> {
  const auth = siteAuth({ onEvent: () => {} });
  const websocket = {
    open: (socket: { user: { username: string }; send(text: string): void }) =>
      socket.send(`welcome ${socket.user.username}`),
  };
  const server = serve(auth, { fetch: pages(auth), websocket }, CERTIFICATE);
  try {
    await work(server);
  } finally {
    await server.stop();
    await auth.close();
  }
}
