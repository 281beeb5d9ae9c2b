/** The claim of a login in a browser that has token cookies. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Handler } from "../../src/auth/request/handler.ts";
import { needsOracle } from "../ground/oracle.ts";
import { claimOf, open, redeem, websocket } from "./claims.ts";
import { newPerson, served } from "./site.ts";
import { djangoToken, tokenAuth } from "./token_site.ts";
import { send } from "./wire.ts";

describe("the claim of a login", needsOracle, () => {
  test("ends another user's refresh token in the cookies, by which the browser would become that user", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const cookies = { access: { cookieSecure: false }, refresh: { cookieSecure: false } };
    const auth = tokenAuth({ cookies }, { sockets: { feed: false } });
    const fetch: Handler = (request, context) =>
      auth.tokens.handle(request, context) ?? new Response(null, { status: 404 });
    await served(auth, { websocket, fetch }, async (server) => {
      const cookie = `refresh_token=${await djangoToken(other, "refresh")}`;
      const socket = await open(server, cookie);
      const redeemed = await redeem(server, await claimOf(socket, person), cookie);
      assert.equal(redeemed.status, 204);
      const deleted = redeemed.setCookies.filter((line) => line.includes("; Max-Age=0;"));
      assert.deepEqual(deleted.map((line) => line.split("=", 1)[0]), ["access_token", "refresh_token"]);
      const refreshed = await send(server.host, {
        method: "POST",
        path: "/api/token/refresh/",
        headers: [["cookie", cookie], ["origin", server.url]],
      });
      assert.notEqual(refreshed.status, 200);
      assert.deepEqual(refreshed.setCookies.filter((line) => line.startsWith("access_token=ey")), []);
      await socket.close();
    });
  });
});
