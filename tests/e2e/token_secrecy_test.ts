/** Tokens never leak: everything that a server writes and sends is searched for them. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { djangoAuth } from "../../src/django_auth.ts";
import { jwtSettings } from "../../src/jwt/options/settings.ts";
import { createTokens } from "../../src/jwt/tokens/tokens.ts";
import { blacklistTables, createDatabase, DJANGO_TABLES, needsDatabase } from "../ground/database.ts";
import { PASSWORD, QUICK_HASHERS } from "./site.ts";
import { bearer, open } from "./token_site.ts";
import { startWatched } from "./watched_process.ts";

const SECRET_KEY = randomBytes(24).toString("hex");
const SIGNING_KEY = randomBytes(24).toString("hex");
const WRONG = `wrong-${randomBytes(8).toString("hex")}`;
const COOKIE = { cookieSecure: false };
const JWT = {
  ...{
    signingKey: SIGNING_KEY,
    rotateRefreshTokens: true,
    blacklistAfterRotation: true,
    revokeOnReuse: true,
  },
  ...{ queryToken: "token", cookies: { access: COOKIE, refresh: COOKIE } },
};
/** Matches anything that looks like a token, known to the test or not. */
const TOKEN = /eyJ[\w-]{10,}\.[\w-]{10,}\.?[\w-]*/g;

/** A client that records all responses, and the secrets that must not appear in them. */
class Ear {
  readonly answers: string[] = [];
  readonly secrets: Set<string> = new Set([PASSWORD, WRONG, SECRET_KEY, SIGNING_KEY]);
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Sends a request; a new token in a successful response was requested, and is a secret from then on. */
  async ask(path: string, init: RequestInit = {}): Promise<{ status: number; text: string; cookie: string }> {
    const response = await fetch(this.url + path, { redirect: "manual", ...init });
    const text = await response.text();
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    for (const told of [text, ...lines]) {
      this.answers.push(response.ok ? told.replace(TOKEN, (token) => this.#keep(token)) : told);
    }
    const cookie = response.headers.getSetCookie().map((line) => line.split(";", 1)[0]).join("; ");
    return { status: response.status, text, cookie };
  }

  /** Posts JSON to one of simplejwt's endpoints. */
  async post(path: string, body: object): Promise<Record<string, string>> {
    const headers = { "content-type": "application/json" };
    const { text } = await this.ask(`/api/token/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return text.startsWith("{") ? JSON.parse(text) : {};
  }

  /** Opens a socket, sends frames, and records the response to each. */
  async talk(headers: Record<string, string>, path: string, ...frames: string[]): Promise<void> {
    const socket = await open(new URL(this.url).host, { origin: this.url, ...headers }, path);
    this.answers.push(...[...socket.response.headers].flat());
    for (const frame of frames) {
      socket.send(frame);
      this.answers.push(inspect(await Promise.race([socket.ended, socket.receive()]).catch(String)));
    }
    socket.destroy();
  }

  #keep(token: string): string {
    if (this.secrets.has(token)) return token;
    this.secrets.add(token);
    return "";
  }
}

/** A token that the site did not issue itself, of this age in seconds. */
async function tokenFor(
  type: "access" | "refresh",
  age: number = 0,
  key: string = SIGNING_KEY,
): Promise<string> {
  const tokens = createTokens({
    settings: jwtSettings<null>({ signingKey: key, blacklist: false }, SECRET_KEY),
    secretKey: SECRET_KEY,
    subjectOf: () => ({ pk: 1, userId: 1, password: "" }),
    clock: { now: () => Date.now() - age * 1000 },
  });
  return await tokens.sign(await tokens.forUser(type, null));
}

/** Sends tokens that are refused, in every place where a token may be. */
async function sendBadTokens(ear: Ear): Promise<void> {
  const bad = [
    await tokenFor("access", 1e6),
    await tokenFor("access", 0, "another key"),
    `${await tokenFor("access")}x`,
    await tokenFor("refresh"),
  ];
  for (const token of bad) {
    ear.secrets.add(token);
    for (const path of ["/print", "/broken", `/print?token=${token}`]) {
      await ear.ask(path, { headers: bearer(token) });
    }
    await ear.ask("/", { headers: { cookie: `access_token=${token}` } });
    for (const path of ["refresh/", "verify/", "blacklist/", "sliding/refresh/", `verify/?token=${token}`]) {
      await ear.post(path, { refresh: token, token });
    }
    await ear.talk({ "sec-websocket-protocol": `djauth.bearer.${token}, djauth` }, "/", "hello");
    await ear.talk({}, "/", JSON.stringify({ type: "djauth.authenticate", token }));
  }
}

/** Logs in by password, and uses the tokens in headers, messages and tickets until they end. */
async function live(ear: Ear): Promise<void> {
  for (const password of [WRONG, PASSWORD]) await ear.post("sliding/", { username: "ann", password });
  await ear.post("", { username: "ann", password: WRONG });
  const { access, refresh } = await ear.post("", { username: "ann", password: PASSWORD });
  assert.ok(access && refresh);
  for (const path of ["/print", "/broken", "/"]) await ear.ask(path, { headers: bearer(access) });
  const renewal = JSON.stringify({ type: "djauth.refresh", token: access });
  const foreign = JSON.stringify({
    type: "djauth.refresh",
    token: await tokenFor("access", 0, "another key"),
  });
  await ear.talk(bearer(access), "/", "hello", renewal, foreign);
  await ear.talk({}, "/", JSON.stringify({ type: "djauth.authenticate", token: access }));
  const ticket = await (await fetch(`${ear.url}/ticket`, { headers: bearer(access) })).text();
  ear.secrets.add(ticket);
  for (let turn = 0; turn < 2; turn++) await ear.talk({}, `/?ticket=${ticket}`, "hello");

  const next = await ear.post("refresh/", { refresh });
  assert.ok(next["refresh"]);
  assert.equal((await ear.post("refresh/", { refresh }))["code"], "token_not_valid");
  await ear.ask("/out", { method: "POST", body: next["refresh"], headers: bearer(access) });
}

/** Logs in with cookies, refreshes the login and ends it. */
async function liveByCookies(ear: Ear): Promise<void> {
  const { url } = ear;
  const page = await ear.ask("/token");
  const form = (cookie: string, fields: Record<string, string> = {}): RequestInit => ({
    method: "POST",
    headers: { cookie, origin: url },
    body: new URLSearchParams({ ...fields, csrfmiddlewaretoken: page.text }),
  });
  const { cookie, status } = await ear.ask(
    "/login",
    form(page.cookie, { username: "ann", password: PASSWORD }),
  );
  assert.equal(status, 200);
  for (const path of ["/print", "/broken", "/"]) await ear.ask(path, { headers: { cookie } });
  await ear.talk({ cookie }, "/", "hello");
  const csrf = (await ear.ask("/token", { headers: { cookie } })).text;
  const send = (path: string, cookie: string) =>
    ear.ask(path, { method: "POST", headers: { cookie, origin: url, "x-csrftoken": csrf } });
  const renewed = await send("/api/token/refresh/", cookie);
  assert.equal(renewed.status, 200);
  const fresh = `${cookie}; ${renewed.cookie}`;
  assert.equal((await send("/api/token/refresh/", cookie)).status, 401);
  await ear.ask("/logout", { method: "POST", headers: { cookie: fresh, origin: url } });
  assert.equal((await send("/logout", fresh)).status, 204);
}

test("no token, ticket, password or key is in a server's output, nor in a response that should not have it", {
  ...needsDatabase,
  timeout: 60_000,
}, async () => {
  const database = await createDatabase(`${DJANGO_TABLES} ${blacklistTables()}`);
  const options = { secretKey: SECRET_KEY, database: database.url, defaultBackend: "jwt", jwt: JWT } as const;
  const owner = djangoAuth({ ...options, passwords: { hashers: QUICK_HASHERS } });
  const { password } = await owner.createUser({ username: "ann", password: PASSWORD });
  await owner.close();
  const site = await startWatched("secrecy_process.ts", { SITE_OPTIONS: JSON.stringify(options) });
  const ear = new Ear(site.url);
  ear.secrets.add(password);
  try {
    await sendBadTokens(ear);
    await live(ear);
    await liveByCookies(ear);
    const refresh = await tokenFor("refresh");
    ear.secrets.add(refresh);
    // The error of Postgres for a violated constraint contains the whole row with its token.
    await database.sql.unsafe(
      "ALTER TABLE token_blacklist_outstandingtoken ADD CONSTRAINT never CHECK (jti = '') NOT VALID",
    );
    for (const path of ["", "sliding/"]) await ear.post(path, { username: "ann", password: PASSWORD });
    for (const path of ["refresh/", "blacklist/"]) await ear.post(path, { refresh });
    await database.sql.unsafe("DROP TABLE token_blacklist_blacklistedtoken");
    for (const path of ["refresh/", "blacklist/", "sliding/refresh/"]) {
      await ear.post(path, { refresh, token: refresh });
    }
  } finally {
    await site.stop();
    await database.drop();
  }
  const written = site.output();
  for (
    const type of ["auth.rejected", "auth.failed", "token.reused", "the handler broke", "database_error"]
  ) {
    assert.ok(written.includes(type), `${type} was not told of`);
  }
  assert.ok(ear.secrets.size > 20);
  for (const [place, text] of [["output", written], ["answer", ear.answers.join("\n")]] as const) {
    for (const secret of ear.secrets) assert.ok(!text.includes(secret), `a secret is in an ${place}`);
    // Nor a token that was never sent, nor a part of one.
    assert.deepEqual(text.match(TOKEN), null, `a token is in an ${place}`);
  }
});

test("no key is in the error for an invalid option", () => {
  const key = "not-to-be-told";
  const wrong: object[] = [
    { signingKey: `-----BEGIN PUBLIC KEY-----${key}` },
    { algorithm: "RS256", signingKey: key, verifyingKey: key },
    { algorithm: "EdDSA", verifyingKey: `-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----` },
    { verifyingKeyFallbacks: [`{"kty":"oct","k":"${key}"}`] },
    { verifyingKeyFallbacks: key },
    { algorithm: "RS256", jwks: { keys: [{ kty: "oct", kid: "a", k: key }] } },
    { signingKey: [key] },
    { algorithm: "RS256", jwks: JSON.stringify({ keys: [{ kty: "oct", k: key }] }) },
    { algorithm: "RS256", jwks: { keys: key } },
    { algorithm: "RS256", jwks: { keys: [`-----BEGIN PRIVATE KEY-----${key}`] } },
    { algorithm: "RS256", jwkUrl: `htps://user:${key}@keys.example.com` },
  ];
  const others = ["jwt", "passwords", "session", "csrf", "sockets"].map((name) => ({ [name]: key }));
  for (const options of [...wrong.map((jwt) => ({ jwt })), ...others]) {
    assert.throws(
      () => djangoAuth({ secretKey: key, database: "postgres://127.0.0.1/none", ...options }),
      (error: Error) => {
        assert.equal((error as { code?: string }).code, "improperly_configured");
        assert.ok(!inspect(error, { depth: 10 }).includes(key), error.message);
        return true;
      },
    );
  }
});
