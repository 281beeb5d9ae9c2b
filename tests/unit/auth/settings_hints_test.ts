/** Hints at settings that are probably wrong, noticed in passing and emitted once. */

import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../../src/auth/options/jwt_options.ts";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import { ecPair, type PemPair } from "../jwt/helpers.ts";
import { MemoryDatabase } from "./memory_database.ts";
import { addUser, hintsOf, requestTo, siteWith } from "./site.ts";
import { bearer, post, seen, tokenFor, tokenSite } from "./token_site.ts";

describe("a Secure cookie over plain HTTP", () => {
  async function hintsAfterLogins(
    options: Partial<DjangoAuthOptions>,
    url: string,
    headers: Record<string, string> = {},
  ): Promise<string[]> {
    const site = await siteWith(options);
    for (let count = 0; count < 2; count++) {
      const context = site.auth.context(new Request(url, { method: "POST", headers }));
      await site.auth.login(context, { userId: 1 }, { csrf: false });
      const response = await context.finish(new Response());
      assert.match(response.headers.getSetCookie().join(), /sessionid=/);
    }
    return hintsOf(site);
  }

  const SECURE = { session: { cookieSecure: true } };
  const HINT =
    'the cookie "sessionid" is Secure, but the request came over plain HTTP, so browsers may drop it: ' +
    "serve HTTPS, set secureProxySslHeader behind a proxy, or cookieSecure: false in development";

  test("emits one hint", async () => {
    assert.deepEqual(await hintsAfterLogins(SECURE, "http://example.com/"), [HINT]);
  });

  test("emits a hint for tokens, which are Secure by default", async () => {
    const site = await tokenSite({ cookies: true });
    const context = site.auth.context(requestTo("/", { method: "POST" }));
    await site.auth.login(context, { userId: 1 }, { backend: "jwt", csrf: false });
    await context.finish(new Response());
    assert.deepEqual(hintsOf(site), [HINT.replace("sessionid", "access_token")]);
  });

  test("emits no hint over HTTPS, behind a proxy that reports HTTPS, or if it is not Secure", async () => {
    const behind = { ...SECURE, secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"] } as const;
    assert.deepEqual(await hintsAfterLogins(SECURE, "https://example.com/"), []);
    const forwarded = { "x-forwarded-proto": "https" };
    assert.deepEqual(await hintsAfterLogins(behind, "http://example.com/", forwarded), []);
    assert.deepEqual(await hintsAfterLogins({}, "http://example.com/"), []);
  });

  test("emits no hint if it is only deleted", async () => {
    const site = await siteWith({ session: { cookieSecure: true, cookieName: "__Secure-sid" } });
    const context = site.auth.context(
      requestTo("/", { headers: { cookie: `__Secure-sid=${"k".repeat(32)}` } }),
    );
    await context.user();
    const response = await context.finish(new Response());
    assert.match(response.headers.getSetCookie().join(), /^__Secure-sid=.*; Secure$/);
    assert.deepEqual(hintsOf(site), []);
  });
});

test("getUserFromJwt() with a header type before the token finds nobody, and emits one hint", async () => {
  const site = await tokenSite({ authHeaderTypes: ["Bearer", "JWT"] });
  const token = await tokenFor();
  for (const type of ["JWT", "JWT", "Other"]) {
    assert.equal(await site.auth.getUserFromJwt(`${type} ${token}`), null);
  }
  assert.deepEqual(hintsOf(site), [
    'getUserFromJwt() got a string that begins with "JWT ", like a header, and so is not a token: pass only what follows',
  ]);
});

describe("a signing key", () => {
  const [own, other] = [ecPair(), ecPair()];
  const SIGNING = { algorithm: "ES256", signingKey: own.privateKey } as const;
  const jwkOf = ({ publicKey }: PemPair) => ({
    ...createPublicKey(publicKey).export({ format: "jwk" }),
    kid: "one",
  });
  const URL_OF_KEYS = { jwkUrl: "https://example.com/jwks.json" };

  async function hintsFor(jwt: JwtAuthOptions): Promise<string[]> {
    const site = await tokenSite(jwt);
    await site.auth.close();
    return hintsOf(site);
  }

  test("emits a hint at the start, and no error, if no configured key verifies its tokens", async () => {
    const cases: [keys: JwtAuthOptions, why: string][] = [
      [
        { verifyingKey: other.publicKey, verifyingKeyFallbacks: [other.publicKey] },
        "jwt.verifyingKey belongs to another key: put the public half there, or into jwt.verifyingKeyFallbacks",
      ],
      [
        { jwks: { keys: [jwkOf(other)] } },
        "jwt.jwks does not have its public half: add it there, with a kid",
      ],
      [
        URL_OF_KEYS,
        "keys of jwt.jwkUrl are found by their kid, and these tokens have none: put the public half of the key into " +
        "jwt.verifyingKeyFallbacks, or all keys into jwt.jwks",
      ],
    ];
    for (const [keys, why] of cases) {
      assert.deepEqual(await hintsFor({ ...SIGNING, ...keys }), [
        `tokens signed with jwt.signingKey are refused here, since ${why}; ` +
        "ignore this on a server that only issues tokens",
      ]);
    }
  });

  test("emits no hint if its tokens can be verified, or if nothing is signed", async () => {
    const fallback = { verifyingKeyFallbacks: [own.publicKey] };
    for (
      const jwt of [
        { ...SIGNING, verifyingKey: own.publicKey },
        { ...SIGNING, verifyingKey: own.privateKey },
        { ...SIGNING, verifyingKey: other.publicKey, ...fallback },
        { ...SIGNING, jwks: { keys: [jwkOf(other), jwkOf(own)] } },
        { ...SIGNING, ...URL_OF_KEYS, ...fallback },
        { ...URL_OF_KEYS, algorithm: "ES256" } as const,
        { signingKey: "a secret" },
      ]
    ) {
      assert.deepEqual(await hintsFor(jwt), []);
    }
  });
});

describe("socketOrigin.allowedOrigins", () => {
  async function hintsAfterUpgrades(origin: string): Promise<string[]> {
    const site = await siteWith({ socketOrigin: { allowedOrigins: ["example.com"] } });
    for (let count = 0; count < 2; count++) {
      const decision = await site.auth.upgrade(requestTo("/", { headers: { host: "localhost", origin } }));
      assert.ok(!decision.accepted && decision.reason === "origin_not_allowed");
    }
    return hintsOf(site);
  }

  test("emits one hint if it omits the site's own Origin", async () => {
    assert.deepEqual(await hintsAfterUpgrades("http://localhost"), [
      "the site's own Origin was refused, since it is not one of socketOrigin.allowedOrigins, which replace " +
      "Django's rule: list it there, or remove that option",
    ]);
  });

  test("emits no hint for a foreign Origin", async () => {
    assert.deepEqual(await hintsAfterUpgrades("http://evil.com"), []);
  });
});

describe("simplejwt's blacklist without its tables", () => {
  /** A database that was migrated without the blacklist app. */
  class DatabaseWithoutApp extends MemoryDatabase {
    override async query(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
      return statement.includes("to_regclass") ? [["false"]] : await super.query(statement, parameters);
    }
  }

  const ROTATION = { rotateRefreshTokens: true, blacklistAfterRotation: true };
  const HINT =
    "but the table token_blacklist_outstandingtoken does not exist: refresh tokens cannot be blacklisted. " +
    "Add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and migrate, or name the tables in jwt.blacklist; " +
    "if this is intended, set jwt: { blacklist: false }";

  async function hintsAfter(jwt: JwtAuthOptions, path: string): Promise<string[]> {
    const site = await tokenSite({ blacklist: undefined, ...jwt }, { database: new DatabaseWithoutApp() });
    const refresh = await tokenFor({ type: "refresh" });
    for (let count = 0; count < 2; count++) {
      const response = await post(site.auth, path, { refresh });
      assert.ok([200, 401].includes(response.status), String(response.status));
    }
    return hintsOf(site);
  }

  test("emits one hint if refresh tokens are rotated", async () => {
    assert.deepEqual(await hintsAfter(ROTATION, "/api/token/refresh/"), [
      `jwt.rotateRefreshTokens and jwt.blacklistAfterRotation are on, ${HINT}`,
    ]);
  });

  test("emits one hint if a client blacklists its token", async () => {
    assert.deepEqual(await hintsAfter({}, "/api/token/blacklist/"), [
      `a client has asked to blacklist its token, ${HINT}`,
    ]);
  });

  test("emits no hint if nothing needs it, or with blacklist: false", async () => {
    assert.deepEqual(await hintsAfter({}, "/api/token/refresh/"), []);
    const without = { ...ROTATION, blacklist: false };
    assert.deepEqual(await hintsAfter(without, "/api/token/refresh/"), []);
    assert.deepEqual(await hintsAfter(without, "/api/token/blacklist/"), []);
  });
});

describe("jwt.userIdField", () => {
  const SHARED = "shared@example.com";

  test("signs neither user in if it matches two, refuses their refresh, and emits one hint", async () => {
    const site = await tokenSite({ userIdField: "email" });
    const { auth, database } = site;
    await addUser(database, "victim", { email: SHARED });
    const [access, refresh] = [
      await tokenFor({ userId: SHARED }),
      await tokenFor({ type: "refresh", userId: SHARED }),
    ];
    assert.deepEqual(await seen(auth, bearer(access)), { user: "victim", refusal: null });
    assert.deepEqual(hintsOf(site), []);
    await addUser(database, "thief", { email: SHARED });
    for (let count = 0; count < 2; count++) {
      assert.deepEqual(await seen(auth, bearer(access)), { user: null, refusal: "user_not_found" });
      assert.equal(await auth.getUserFromJwt(access), null);
      assert.equal((await post(auth, "/api/token/refresh/", { refresh })).status, 401);
    }
    assert.deepEqual(hintsOf(site), [
      'jwt.userIdField is "email", but several users have the same value there, so their tokens are not accepted: ' +
      "choose a unique column, here and as USER_ID_FIELD of the Django site",
    ]);
    await auth.close();
  });

  test("emits no hint for users with distinct values in a column that is not unique", async () => {
    const site = await tokenSite({ userIdField: "email" });
    for (const username of ["bob", "eve"]) {
      await addUser(site.database, username, { email: `${username}@example.com` });
    }
    const users = await Promise.all(["bob", "eve"].map(async (username) => {
      return (await seen(site.auth, bearer(await tokenFor({ userId: `${username}@example.com` })))).user;
    }));
    assert.deepEqual([users, hintsOf(site)], [["bob", "eve"], []]);
    await site.auth.close();
  });
});

describe("a password hash that cannot be checked", () => {
  const unknown = (algorithm: string): string =>
    `a correct password may be refused as wrong, since its hash is of the algorithm "${algorithm}", which djauth ` +
    "cannot check: put PBKDF2PasswordHasher first in PASSWORD_HASHERS of the Django site, where the next login of " +
    "each such user renews the hash";

  async function hintsFor(hashes: readonly string[], rounds = 2): Promise<string[]> {
    const site = await siteWith();
    for (const [index, password] of hashes.entries()) {
      await addUser(site.database, `user${index}`, { password });
    }
    for (let round = 0; round < rounds; round++) {
      for (const index of hashes.keys()) {
        const credentials = { username: `user${index}`, password: "anything" };
        await assert.rejects(site.auth.authenticate(credentials), { code: "wrong_password" });
      }
    }
    return hintsOf(site);
  }

  test("emits one hint per algorithm, without any part of the hash", async () => {
    const hashes = [
      "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ$aGFzaGhhc2g",
      "argon2$argon2id$v=19$m=102400,t=2,p=8$b3RoZXI$aGFzaGhhc2g",
      "bcrypt_sha256$$2b$12$" + "a".repeat(53),
      "scrypt$16384$salt$8$5$aGFzaA==",
      "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
      "5f4dcc3b5aa765d61d8327deb882cf99",
    ];
    assert.deepEqual(
      await hintsFor(hashes),
      ["argon2", "bcrypt_sha256", "scrypt", "md5", "unsalted_md5"].map(unknown),
    );
  });

  test("emits a hint at passwords.hashers if only that lacks the algorithm", async () => {
    assert.deepEqual(await hintsFor(["pbkdf2_sha1$10$salt$aGFzaA=="]), [
      'a correct password may be refused as wrong, since its hash is of the algorithm "pbkdf2_sha1", which ' +
      "passwords.hashers does not list: add it there",
    ]);
  });

  test("emits no hint if it is an unusable password or no hash at all", async () => {
    const others = [
      ...[`!${"a".repeat(40)}`, "!", "", "hunter2", "hunter2$x$y", "argon2", "argon2$x", "A".repeat(32)],
      ...["pbkdf2_sha256$10$salt", "custom$1$salt$hash", "$argon2id$v=19$m=1$x"],
    ];
    assert.deepEqual(await hintsFor(others, 1), []);
  });
});
