/** Attacks with the claim of a login: none of them signs anyone in. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { claimOf, cookiesOf, open, redeem, refusalOf, shortSessions, tell, websocket } from "./claims.ts";
import { serve } from "./serve.ts";
import { cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { send, upgrade, type WireHeaders } from "./wire.ts";

const INVALID = [401, "claim_invalid"];
const TOKEN = "t".repeat(32);
const OTHER_TOKEN = "o".repeat(32);

describe("the claim of a login", needsOracle, () => {
  test("can be redeemed once", async () => {
    const person = await newPerson();
    const log = new EventLog();
    await served(siteAuth({ onEvent: log.listen }), { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      assert.equal((await redeem(server, claim)).status, 204);
      assert.deepEqual(refusalOf(await redeem(server, claim)), INVALID);
      const rejected = log.all.filter((event) => event.type === "auth.rejected");
      assert.deepEqual(rejected.map(({ code, path }) => [code, path]), [["claim_invalid", "/.djauth/claim"]]);
      await socket.close();
    });
  });

  test("redeemed concurrently on several nodes gives the cookie to exactly one request", async () => {
    const person = await newPerson();
    const auth = siteAuth();
    const elsewhere = siteAuth();
    const node = serve(elsewhere, { fetch: () => new Response(), websocket });
    await served(auth, { websocket }, async (server) => {
      for (let round = 0; round < 5; round++) {
        const socket = await open(server);
        const claim = await claimOf(socket, person);
        const responses = await Promise.all(Array.from({ length: 10 }, (_, index) => {
          const { host } = index % 2 === 0 ? server : node;
          // All nodes of a site share one address.
          const headers: WireHeaders = [["host", "localhost"], ["origin", "http://localhost"]];
          return redeem({ host, url: server.url }, claim, "", { headers });
        }));
        // The Origin differs from the socket's, so the claim is not used up.
        assert.ok(responses.every(({ status }) => status === 401));
        const races = await Promise.all(Array.from({ length: 10 }, (_, index) => {
          const { host } = index % 2 === 0 ? server : node;
          return redeem({ host, url: server.url }, claim, "", {
            headers: [["host", server.host], ["origin", server.url]],
          });
        }));
        const statuses = races.map(({ status }) => status).sort();
        assert.deepEqual(statuses, [204, ...Array(9).fill(401)]);
        assert.equal(races.filter(({ setCookies }) => setCookies.length > 0).length, 1);
        await socket.close();
      }
    });
    await node.stop();
    await elsewhere.close();
  });

  test("is refused from another Origin or without one, and stays valid for its own page", async () => {
    const person = await newPerson();
    const auth = siteAuth({ csrf: { trustedOrigins: ["https://partner.example"] } });
    await served(auth, { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      const headersOf = (origin: string | null): WireHeaders => origin === null ? [] : [["origin", origin]];
      for (
        const origin of [
          ...[null, "null", "http://evil.example", server.url.replace("http:", "https:"), `${server.url}/`],
          ...[`${server.url}0`, server.url.toUpperCase(), `${server.url}, ${server.url}`, ""],
        ]
      ) {
        const response = await redeem(server, claim, "", { headers: headersOf(origin) });
        assert.deepEqual(refusalOf(response), [403, "origin_not_allowed"], String(origin));
      }
      // A trusted origin may open sockets and redeem its own claims, but not this one.
      const partner = await redeem(server, claim, "", { headers: headersOf("https://partner.example") });
      assert.deepEqual(refusalOf(partner), INVALID);
      assert.equal((await redeem(server, claim)).status, 204);
      await socket.close();
    });
  });

  test("cannot be redeemed by a page that socketOrigin allows but Django's CSRF rule does not", async () => {
    const person = await newPerson();
    const auth = siteAuth({ socketOrigin: { allowedOrigins: ["*"], missing: "allow", null: "allow" } });
    await served(auth, { websocket }, async (server) => {
      for (const origin of ["http://evil.example", "null"]) {
        const headers: WireHeaders = [["origin", origin]];
        const socket = await upgrade(server.host, { headers });
        const claim = await claimOf(socket, person);
        assert.deepEqual(refusalOf(await redeem(server, claim, "", { headers })), [
          403,
          "origin_not_allowed",
        ]);
        await socket.close();
      }
    });
  });

  test("of a browser without a session is refused in a browser with one (no login CSRF)", async () => {
    const [attacker, victim] = [await newPerson(), await newPerson()];
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, attacker);
      const cookie = await cookieOf(victim);
      assert.deepEqual(refusalOf(await redeem(server, claim, cookie)), INVALID);
      assert.equal((await django().whoami(cookie)).user?.username, victim.username);
      const anonymous = `sessionid=${await django().createSession({ json: '{"a":1}' })}`;
      assert.deepEqual(refusalOf(await redeem(server, claim, anonymous)), INVALID);
      await socket.close();
    });
  });

  test("of a browser with a session is refused with another session or none", async () => {
    const person = await newPerson();
    await served(siteAuth(), { websocket }, async (server) => {
      const cookie = `sessionid=${await django().createSession({ json: '{"a":1}' })}`;
      const socket = await open(server, cookie);
      const claim = await claimOf(socket, person);
      const thief = await cookieOf(await newPerson());
      for (const other of ["", thief, "sessionid=", `sessionid=${keyIn(cookie)}x`, `${cookie}; ${thief}`]) {
        assert.deepEqual(refusalOf(await redeem(server, claim, other)), INVALID, other);
      }
      assert.equal((await redeem(server, claim, cookie)).status, 204);
      await socket.close();
    });
  });

  test("of a browser without a session is bound to its CSRF cookie", async () => {
    const person = await newPerson();
    await served(siteAuth(), { websocket }, async (server) => {
      const cookie = `csrftoken=${TOKEN}`;
      const socket = await open(server, cookie);
      const claim = await claimOf(socket, person);
      for (const other of ["", `csrftoken=${OTHER_TOKEN}`, "csrftoken=short"]) {
        assert.deepEqual(refusalOf(await redeem(server, claim, other)), INVALID, other);
      }
      // Django before 4.1 stores the secret masked in the cookie: the text differs, the secret is the same.
      const masked = await django().maskCsrf(TOKEN);
      const response = await redeem(server, claim, `csrftoken=${masked}`);
      assert.equal(response.status, 204);
      assert.doesNotMatch(response.setCookies.join("\n"), new RegExp(TOKEN));
      await socket.close();
    });
  });

  test("is refused beside another user's tokens, and accepted beside the same user's", async () => {
    const [attacker, victim] = [await newPerson(), await newPerson()];
    const auth = siteAuth({ jwt: { cookies: true } });
    const fetch: Parameters<typeof auth.handle>[1] = async (request, context) => {
      const { pathname } = new URL(request.url);
      await auth.login(context, { userId: Number(pathname.slice(1)) }, { backend: "jwt", csrf: false });
      return new Response();
    };
    await served(auth, { websocket, fetch }, async (server) => {
      const tokensOf = async ({ pk }: { pk: number }) =>
        cookiesOf(await send(server.host, { method: "POST", path: `/${pk}` }));
      const [socket, other] = [await open(server), await open(server)];
      const claim = await claimOf(socket, attacker);
      assert.match(await tokensOf(victim), /(?:^|; )access_token=/);
      assert.deepEqual(refusalOf(await redeem(server, claim, await tokensOf(victim))), INVALID);
      const own = await claimOf(other, victim);
      assert.equal((await redeem(server, own, await tokensOf(victim))).status, 204);
      await Promise.all([socket.close(), other.close()]);
    });
  });

  test("of a page without a CSRF cookie stays valid once the page has one", async () => {
    const person = await newPerson();
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server);
      assert.equal((await redeem(server, await claimOf(socket, person), `csrftoken=${TOKEN}`)).status, 204);
      await socket.close();
    });
  });

  test("expires after thirty seconds", async () => {
    const person = await newPerson();
    const later = siteAuth({ clock: { now: () => Date.now() + 31_500 } });
    const node = serve(later, { fetch: () => new Response(), websocket });
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      const headers: WireHeaders = [["host", server.host], ["origin", server.url]];
      const late = await redeem({ host: node.host, url: server.url }, claim, "", { headers });
      assert.deepEqual(refusalOf(late), INVALID);
      assert.equal((await redeem(server, claim)).status, 204);
      await socket.close();
    });
    await node.stop();
    await later.close();
  });

  test("is stored as a short-lived empty session that signs nobody in and is deleted when redeemed", async () => {
    const person = await newPerson();
    const log = new EventLog();
    await served(siteAuth({ onEvent: log.listen }), { websocket }, async (server) => {
      const before = await shortSessions();
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      const rows = [...await shortSessions()].filter(([key]) => !before.has(key));
      assert.equal(rows.length, 1);
      const [[row]] = rows as [[string, string]];
      assert.ok(!claim.includes(row));
      // Both Django and djauth read it as an empty session.
      const known = await django().whoami(`sessionid=${row}`);
      assert.deepEqual([known.user, known.session], [null, "{}"]);
      assert.equal(await django().loadSession(row), "{}");
      const answer = await send(server.host, { headers: [["cookie", `sessionid=${row}`]] });
      assert.deepEqual(JSON.parse(answer.body), { user: null, refusal: "not_authenticated" });
      const visitor = await open(server, `sessionid=${row}`);
      assert.equal((await tell(visitor, {})).user, null);
      // Its key is not a claim either, in any form.
      for (const text of [row, `${row}:1a2B3c`, `${row}:1a2B3c:${"x".repeat(43)}`]) {
        assert.deepEqual(refusalOf(await redeem(server, text)), INVALID);
      }
      assert.equal((await redeem(server, claim)).status, 204);
      assert.equal(await django().sessionExists(row), false);
      await Promise.all([socket.close(), visitor.close()]);
    });
  });

  test("is refused when forged, altered, oversized, empty or not text", async () => {
    const person = await newPerson();
    const log = new EventLog();
    await served(siteAuth({ onEvent: log.listen }), { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      const forged = [
        ...["", " ", "x", claim.slice(0, -1), `${claim}x`, `${claim}\n`, ` ${claim}`, claim.toLowerCase()],
        ...[claim.replace(/:.*/, `:1vXyz0:${"A".repeat(43)}`), `"${claim}"`, encodeURIComponent(claim)],
        ...["\ud800", "\0", "ü".repeat(100), "%".repeat(500)],
      ];
      for (const text of forged) assert.deepEqual(refusalOf(await redeem(server, text)), INVALID, text);
      const tooLong = await redeem(server, claim.padEnd(513));
      assert.deepEqual(refusalOf(tooLong), [413, "body_too_large"]);
      const chunked = await send(server.host, {
        method: "POST",
        path: "/.djauth/claim",
        headers: [["origin", server.url], ["transfer-encoding", "chunked"]],
        chunks: "x".repeat(200_000),
      });
      assert.deepEqual(refusalOf(chunked), [413, "body_too_large"]);
      assert.equal((await redeem(server, claim)).status, 204);
      assert.deepEqual(log.trouble, []);
      await socket.close();
    });
  });

  test("is accepted by POST only", async () => {
    const person = await newPerson();
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open(server);
      const claim = await claimOf(socket, person);
      for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
        const path = `/.djauth/claim?claim=${encodeURIComponent(claim)}`;
        const response = await redeem(server, claim, "", { method, path });
        assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"], method);
        assert.deepEqual(response.setCookies, []);
      }
      assert.equal((await redeem(server, claim)).status, 204);
      await socket.close();
    });
  });

  test("is refused by a site with another secret key", async () => {
    const person = await newPerson();
    const other = siteAuth({ secretKey: "another secret key" });
    const node = serve(other, { fetch: () => new Response(), websocket });
    await served(siteAuth(), { websocket }, async (server) => {
      const socket = await open({ host: node.host, url: server.url });
      assert.equal(socket.status, 101);
      socket.destroy();
      const own = await open(server);
      const claim = await claimOf(own, person);
      const headers: WireHeaders = [["host", server.host], ["origin", server.url]];
      assert.deepEqual(
        refusalOf(await redeem({ host: node.host, url: server.url }, claim, "", { headers })),
        INVALID,
      );
      await own.close();
    });
    await node.stop();
    await other.close();
  });
});
