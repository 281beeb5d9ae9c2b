/** Tokens that this server revokes: in Django's tables, and with the sockets that were opened with them. */

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import type { CsrfChoice } from "../../src/auth/guards/csrf_guard.ts";
import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { needsOracle } from "../ground/oracle.ts";
import type { OracleTokenType } from "../ground/token_oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, pages, type Person, served } from "./site.ts";
import { bearer, djangoToken, ECHO, open, simplejwt, tokenAuth } from "./token_site.ts";

/** No revalidation and no feed: only this server's own actions close a socket here. */
const ALONE = { revalidateInterval: 0, feed: false } as const;
const REVOKED = { code: 4401, reason: "token_revoked" };

/** Simplejwt's endpoints, and a logout. */
function api(auth: DjangoAuth, choice: CsrfChoice = {}) {
  return async (request: Request, context: Parameters<DjangoAuth["getUser"]>[0]): Promise<Response> => {
    const answer = auth.tokens.handle(request, context);
    if (answer !== null) return await answer;
    await auth.logout(context, { refresh: await request.text(), ...choice });
    return new Response(null, { status: 204 });
  };
}

async function post(url: string, path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

describe("a token that this server blacklists closes its sockets at once", needsOracle, () => {
  type End = (site: { auth: DjangoAuth; url: string; token: string; person: Person }) => Promise<unknown>;
  const ROTATING = { rotateRefreshTokens: true, blacklistAfterRotation: true, revokeOnReuse: true };
  const ends: readonly (readonly [name: string, type: OracleTokenType, jwt: JwtAuthOptions, end: End])[] = [
    [
      "a logout with it",
      "sliding",
      {},
      ({ url, token }) => fetch(url, { method: "POST", headers: bearer(token) }),
    ],
    [
      "a logout with it, with refresh tokens among authTokenClasses",
      "refresh",
      { authTokenClasses: ["refresh", "access"] },
      ({ url, token }) => fetch(url, { method: "POST", headers: bearer(token) }),
    ],
    [
      "a logout with checkAccessTokens",
      "access",
      { checkAccessTokens: true },
      ({ url, token }) => fetch(url, { method: "POST", headers: bearer(token) }),
    ],
    [
      "blacklistUser()",
      "sliding",
      {},
      ({ auth, person }) => auth.tokens.blacklistUser(person.pk),
    ],
    ["the reuse of a refresh token of its user", "sliding", ROTATING, async ({ url, person }) => {
      const refresh = await djangoToken(person, "refresh");
      assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 200);
      assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 401);
    }],
  ];
  for (const [name, type, jwt, end] of ends) {
    test(`by ${name}`, async () => {
      const auth = tokenAuth({ authTokenClasses: ["access", "sliding"], ...jwt }, { sockets: ALONE });
      await served(auth, { websocket: ECHO, fetch: api(auth) }, async ({ url, host }) => {
        const [person, other] = [await newPerson(), await newPerson()];
        const token = await djangoToken(person, type);
        const [first, second, unrelated] = [
          await open(host, bearer(token)),
          await open(host, bearer(token)),
          await open(host, bearer(await djangoToken(other, type))),
        ];
        for (const socket of [first, second, unrelated]) await socket.receive();
        await end({ auth, url, token, person });
        assert.deepEqual([await first.ended, await second.ended], [REVOKED, REVOKED]);
        unrelated.send("here");
        assert.equal(await unrelated.receive(), "said here");
        await unrelated.close();
      });
    });
  }
});

describe("a logout with a refresh token that was already used", needsOracle, () => {
  const ROTATING = { rotateRefreshTokens: true, blacklistAfterRotation: true };
  type Way = (site: { url: string; token: string }) => Promise<number>;
  const ways: readonly (readonly [name: string, status: number, logOut: Way])[] = [
    [
      "in the body",
      204,
      async ({ url, token }) => (await fetch(url, { method: "POST", body: token })).status,
    ],
    ["in its cookie", 204, async ({ url, token }) => {
      const headers = { cookie: `refresh_token=${token}`, origin: url };
      return (await fetch(url, { method: "POST", headers })).status;
    }],
    ["at simplejwt's endpoint", 401, async ({ url, token }) => {
      const response = await post(url, "/api/token/blacklist/", { refresh: token });
      const body = { detail: "Token is blacklisted", code: "token_not_valid" };
      assert.deepEqual(await response.json(), response.status === 200 ? {} : body);
      return response.status;
    }],
  ];

  async function rotated(url: string, refresh: string): Promise<string> {
    const response = await post(url, "/api/token/refresh/", { refresh });
    assert.equal(response.status, 200);
    return (await response.json()).refresh;
  }

  async function site(
    jwt: JwtAuthOptions,
    work: (site: { auth: DjangoAuth; url: string; reuses: () => AuthEvent[] }) => Promise<void>,
  ): Promise<void> {
    const log = new EventLog();
    const auth = tokenAuth({ ...ROTATING, cookies: true, ...jwt }, { sockets: ALONE, onEvent: log.listen });
    const reuses = () => log.all.filter(({ type }) => type === "token.reused");
    await served(auth, { fetch: api(auth, { csrf: false }) }, ({ url }) => work({ auth, url, reuses }));
    assert.deepEqual(log.trouble, []);
  }

  for (const [name, status, logOut] of ways) {
    test(`${name} is reported as a reuse, and ends all its successors`, async () => {
      await site({}, async ({ url, reuses }) => {
        const person = await newPerson();
        const [token, elsewhere] = [
          await djangoToken(person, "refresh"),
          await djangoToken(person, "refresh"),
        ];
        // As a thief would who rotates more than once.
        const last = await rotated(url, await rotated(url, await rotated(url, token)));
        assert.equal(await logOut({ url, token }), status);
        assert.deepEqual(reuses(), [{ type: "token.reused", userId: person.pk, revoked: 1 }]);
        assert.equal((await post(url, "/api/token/refresh/", { refresh: last })).status, 401);
        await rotated(url, elsewhere);
      });
    });

    test(`${name} ends all tokens of the user with revokeOnReuse`, async () => {
      await site({ revokeOnReuse: true }, async ({ url, reuses }) => {
        const person = await newPerson();
        const token = await djangoToken(person, "refresh");
        const others = [await djangoToken(person, "refresh"), await rotated(url, token)];
        assert.equal(await logOut({ url, token }), status);
        assert.deepEqual(reuses(), [{ type: "token.reused", userId: person.pk, revoked: 2 }]);
        for (const refresh of others) {
          assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 401);
        }
      });
    });

    test(`${name} ends its successors within the grace period too, and is not a reuse`, async () => {
      await site(
        { revokeOnReuse: true, rotationGrace: { seconds: 60, tokens: 2 } },
        async ({ url, reuses }) => {
          const person = await newPerson();
          const token = await djangoToken(person, "refresh");
          const elsewhere = await djangoToken(person, "refresh");
          const others = [await rotated(url, token), await rotated(url, token)];
          assert.equal(await logOut({ url, token }), status);
          assert.deepEqual(reuses(), []);
          for (const refresh of others) {
            assert.equal((await post(url, "/api/token/refresh/", { refresh })).status, 401);
          }
          await rotated(url, elsewhere);
        },
      );
    });

    test(`${name} is not a reuse if the token was only blacklisted before`, async () => {
      await site({}, async ({ url, reuses }) => {
        const token = await djangoToken(await newPerson(), "refresh");
        assert.equal(await logOut({ url, token }), status === 401 ? 200 : status);
        assert.equal(await logOut({ url, token }), status);
        assert.deepEqual(reuses(), []);
      });
    });
  }
});

describe("a logout", needsOracle, () => {
  /** A browser with a session and both tokens in cookies. */
  async function browserOf(
    url: string,
    person: Person,
    settings: Record<string, unknown> = {},
  ): Promise<Browser> {
    const tokens = {
      access_token: await djangoToken(person, "access", settings),
      refresh_token: await djangoToken(person, "refresh", settings),
    };
    const cookies = Object.entries(tokens).map(([name, token]) => `${name}=${token}`);
    return new Browser(url, [await cookieOf(person), ...cookies].join("; "));
  }

  test("blacklists the token as received if there is no key to sign with", async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const SIGNING_KEY = pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const verifyingKey = pair.publicKey.export({ type: "spki", format: "pem" }) as string;
    const auth = tokenAuth({ algorithm: "RS256", verifyingKey, cookies: true });
    await served(auth, { fetch: pages(auth) }, async ({ url }) => {
      const settings = { ALGORITHM: "RS256", SIGNING_KEY, VERIFYING_KEY: verifyingKey };
      const browser = await browserOf(url, await newPerson(), settings);
      const [refresh, session] = [browser.cookies.get("refresh_token")!, keyIn(browser.cookie)];
      assert.equal((await browser.post("/logout")).status, 204);
      assert.equal(await django().sessionExists(session), false);
      assert.deepEqual([...browser.cookies.keys()].filter((name) => name !== "csrftoken"), []);
      const real = simplejwt(settings);
      const { jti } = JSON.parse(await real.decode(refresh));
      const [row] = await real.rows({ jti });
      assert.deepEqual([row!.token, row!.is_blacklisted], [refresh, true]);
      await assert.rejects(real.verify(refresh, "refresh"), /blacklisted/);
    });
  });

  test("ends the session even if the token cannot be blacklisted", async () => {
    const auth = tokenAuth({ cookies: true, blacklist: { blacklistedTable: "not_there" } });
    await served(auth, { fetch: pages(auth) }, async ({ url }) => {
      const browser = await browserOf(url, await newPerson());
      const session = keyIn(browser.cookie);
      assert.equal((await browser.post("/logout")).status, 500);
      assert.equal(await django().sessionExists(session), false);
    });
  });
});
