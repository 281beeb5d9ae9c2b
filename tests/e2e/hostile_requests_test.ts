/** Hosts, targets and headers that no browser sends never cause a 500 and never stop the server. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, EventLog, newPerson, served, siteAuth } from "./site.ts";
import { send, upgrade, type WireHeaders } from "./wire.ts";

const HOSTS = [
  ...[
    "",
    "[::1",
    "::1",
    "a b",
    "a:b",
    "a:99999",
    "evil.com:80:80",
    "user@127.0.0.1",
    "127.0.0.1/path",
    "\u00e9.com",
  ],
  ...["%00", "..", "-", "a".repeat(300), "127.0.0.1, evil.com", "[v1.x]", "1e3", "0x7f.1"],
];
const TARGETS = [
  "/%",
  "/%zz",
  "//",
  "/\\",
  "/?%",
  "/#x",
  "/..",
  "/%00",
  "*",
  "http://evil.com/",
  "http://[::1/",
  "/\u00e9",
];

/** A handler that asks djauth for everything, and does not parse the URL itself. */
function asking(auth: ReturnType<typeof siteAuth>) {
  return async (_request: Request, context: RequestContext): Promise<Response> => {
    const user = await context.user();
    return Response.json([
      user !== null,
      await auth.safeNext(context, "/fallback"),
      (await context.csrfToken()).length,
    ]);
  };
}

/** Sends each variant as a page request and as an upgrade; the runtime itself may refuse an invalid request. */
async function survives(variants: readonly { path?: string; headers: WireHeaders }[]): Promise<void> {
  const cookie = await cookieOf(await newPerson());
  const events = new EventLog();
  const auth = siteAuth({ onEvent: events.listen });
  await served(auth, { fetch: asking(auth), websocket: { path: "/live" } }, async ({ url, host }) => {
    for (const { path, headers } of variants) {
      const name = JSON.stringify({ path, headers });
      const page = await send(host, { path, headers: [...headers, ["cookie", cookie]] });
      assert.ok(
        [200, 400].includes(page.status) || Number.isNaN(page.status),
        `${name}: ${page.status} ${page.body}`,
      );
      if (page.status === 200) assert.deepEqual(JSON.parse(page.body), [true, "/fallback", 64], name);
      const login = await send(host, {
        method: "POST",
        path,
        headers: [...headers, ["cookie", cookie]],
        body: "",
      });
      assert.ok([200, 400].includes(login.status) || Number.isNaN(login.status), `${name}: ${login.status}`);
      const socket = await upgrade(host, {
        path: "/live",
        headers: [...headers, ["cookie", cookie], ["origin", "http://evil.com"]],
      });
      const { code } = await socket.ended;
      assert.ok(code === 4403 || code === 1006 && socket.status !== 101, `${name}: ${code} ${socket.status}`);
    }
    const good = await upgrade(host, { path: "/live", headers: [["cookie", cookie], ["origin", url]] });
    assert.deepEqual(await good.close(), { code: 1000, reason: "" });
    assert.deepEqual(events.trouble, []);
  });
}

describe("a request that no browser sends", needsOracle, () => {
  test("with an odd Host never causes a 500", { timeout: 20_000 }, async () => {
    await survives(HOSTS.map((host) => ({ headers: [["host", host]] })));
  });

  test("with an odd Host is no upgrade on a path that only its query or the end of its path names", async () => {
    const websocket = { path: "/live", anonymous: true } as const;
    await served(siteAuth(), { fetch: () => new Response("page"), websocket }, async ({ host, url }) => {
      for (const odd of ["", "a b", "[::1", new URL(url).host]) {
        for (const path of ["/q/live", "/hi?x=http://a/live", "/hi?http://a/live"]) {
          const socket = await upgrade(host, { path, headers: [["host", odd], ["origin", url]] });
          assert.notEqual(socket.status, 101, JSON.stringify([odd, path]));
          socket.destroy();
        }
      }
    });
  });

  test("with an odd target never causes a 500", { timeout: 20_000 }, async () => {
    await survives(TARGETS.map((path) => ({ path, headers: [] })));
  });

  test("with odd headers never causes a 500", { timeout: 20_000 }, async () => {
    const odd: WireHeaders[] = [
      [["sec-websocket-protocol", ",,, ,"]],
      [["sec-websocket-protocol", "\u00e9"]],
      [["x-forwarded-proto", "https"], ["x-forwarded-host", "evil.com"], ["x-forwarded-port", "x"]],
      [["referer", "http://[::1"]],
      [["x-csrftoken", "\u00e9".repeat(64)]],
      [["content-type", "multipart/form-data"]],
      [["authorization", "Bearer \u00e9"]],
    ];
    await survives(odd.map((headers) => ({ headers })));
  });
});
