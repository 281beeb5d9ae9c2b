/** Racing refreshes on two servers that share only the database, and what Django finds in its tables afterwards. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, newPerson, type Person, served } from "./site.ts";
import { djangoToken, simplejwt, tokenAuth } from "./token_site.ts";

const RACERS = 200;
const ROTATING = { rotateRefreshTokens: true, blacklistAfterRotation: true } as const;

interface Pair {
  readonly access: string;
  readonly refresh: string;
}

async function refreshed(url: string, refresh: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ refresh });
  return await fetch(`${url}/api/token/refresh/`, { method: "POST", headers, body });
}

/** Runs two servers with connection pools of their own while `work` runs. */
async function withServers(
  jwt: JwtAuthOptions,
  work: (urls: readonly [string, string]) => Promise<void>,
): Promise<void> {
  const [one, two] = [tokenAuth(jwt), tokenAuth(jwt)];
  const fetchOf = (auth: typeof one) => ({
    fetch: (request: Request, context: Parameters<typeof auth.getUser>[0]) =>
      auth.tokens.handle(request, context) ?? new Response(null, { status: 404 }),
  });
  await served(one, fetchOf(one), ({ url }) => served(two, fetchOf(two), (other) => work([url, other.url])));
}

/** Refreshes one token many times at once, on both servers; every refusal must be as in simplejwt. */
async function race(urls: readonly [string, string], refresh: string): Promise<Pair[]> {
  const responses = await Promise.all(
    Array.from({ length: RACERS }, (_, index) => refreshed(urls[index % 2]!, refresh)),
  );
  const pairs: Pair[] = [];
  for (const response of responses) {
    const body = await response.json();
    if (response.status === 200) pairs.push(body);
    else {
      assert.equal(response.status, 401);
      assert.deepEqual(body, { detail: "Token is blacklisted", code: "token_not_valid" });
    }
  }
  assert.equal(new Set(pairs.map((pair) => pair.refresh)).size, pairs.length);
  return pairs;
}

async function adminPage(cookie: string, path: string): Promise<string> {
  const response = await django().request({ path: `/admin/token_blacklist/${path}`, headers: { cookie } });
  assert.equal(response.status, 200, path);
  return response.body;
}

/** Finds a token in the lists of Django's admin, and opens its page there. */
async function seenInAdmin(cookie: string, jti: string): Promise<{ isBlacklisted: boolean }> {
  const outstanding = await adminPage(cookie, `outstandingtoken/?q=${jti}`);
  assert.ok(outstanding.includes(jti));
  const [, id] = /outstandingtoken\/(\d+)\/change\//.exec(outstanding) ?? [];
  assert.ok((await adminPage(cookie, `outstandingtoken/${id}/change/`)).includes(jti));
  const blacklisted = await adminPage(cookie, `blacklistedtoken/?q=${jti}`);
  // The search form repeats the search text; only a row has the column.
  return { isBlacklisted: new RegExp(`class="field-[^"]*jti[^]*${jti}`).test(blacklisted) };
}

describe("200 racing refreshes of one token on two servers", needsOracle, () => {
  const cases = [[null, 1], [{ seconds: 30, tokens: 2 }, 3]] as const;
  for (const [rotationGrace, expected] of cases) {
    test(`with ${rotationGrace === null ? "no" : "a"} grace: ${expected} of them succeed`, async () => {
      const person: Person = await newPerson();
      const refresh = await djangoToken(person, "refresh");
      await withServers({ ...ROTATING, rotationGrace }, async (urls) => {
        const pairs = await race(urls, refresh);
        assert.equal(pairs.length, expected);
        // The old token and its successors, in simplejwt's tables.
        const rows = await simplejwt().rows({ user: person.pk });
        assert.equal(rows.length, expected + 1);
        assert.deepEqual(rows.filter((row) => row.is_blacklisted).map(({ token }) => token), [refresh]);
        for (const pair of pairs) await simplejwt().verify(pair.refresh, "refresh");

        const cookie = await cookieOf(await newPerson({ is_staff: true, is_superuser: true }));
        for (const row of rows) {
          assert.equal((await seenInAdmin(cookie, row.jti)).isBlacklisted, row.is_blacklisted);
        }
        const ends = rows.map(({ expires_at }) => Date.parse(expires_at) / 1000);
        await simplejwt().with({}, Math.min(...ends) - 1).flushExpired();
        assert.equal((await simplejwt().rows({ user: person.pk })).length, rows.length);
        await simplejwt().with({}, Math.max(...ends)).flushExpired();
        assert.deepEqual(await simplejwt().rows({ user: person.pk }), []);
      });
    });

    test(`with revokeOnReuse and ${rotationGrace === null ? "no" : "a"} grace: all of the user's tokens are blacklisted`, async () => {
      const person = await newPerson();
      const refresh = await djangoToken(person, "refresh");
      await djangoToken(person, "refresh");
      await withServers({ ...ROTATING, rotationGrace, revokeOnReuse: true }, async (urls) => {
        const pairs = await race(urls, refresh);
        assert.equal(pairs.length, expected);
        const rows = await simplejwt().rows({ user: person.pk });
        assert.deepEqual(rows.map((row) => row.is_blacklisted), rows.map(() => true));
        assert.equal(rows.length, expected + 2);
        for (const pair of pairs) assert.equal((await refreshed(urls[0], pair.refresh)).status, 401);
      });
    });
  }
});
