/** Public keys from a URL: fetched, cached, renewed, and unavailable. */

import assert from "node:assert/strict";
import { createPublicKey, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as turn } from "node:timers/promises";
import { CompactSign, importPKCS8 } from "jose";
import { KeysUnavailable } from "../../../src/errors.ts";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { jwtSettings } from "../../../src/jwt/options/settings.ts";
import type { Tokens } from "../../../src/jwt/tokens/tokens.ts";
import { createRemoteKeySet, type RemoteKeySetOptions } from "../../../src/stores/remote_key_set.ts";
import { FakeTime } from "../databases/fake_time.ts";
import {
  ecPair,
  payload,
  type PemPair,
  rsaPair,
  said,
  SECRET,
  segment,
  type TestUser,
  tokensWith,
} from "../jwt/helpers.ts";

const [ONE, TWO] = [ecPair(), ecPair()];

function jwk({ publicKey }: PemPair, kid: string, more: object = {}): Record<string, unknown> {
  return { ...createPublicKey(publicKey).export({ format: "jwk" }), kid, use: "sig", alg: "ES256", ...more };
}

async function token({ privateKey }: PemPair, header: object, claims = payload()): Promise<string> {
  const key = await importPKCS8(privateKey, "ES256");
  return await new CompactSign(new TextEncoder().encode(claims))
    .setProtectedHeader({ alg: "ES256", typ: "JWT", ...header }).sign(key);
}

describe("fetched keys", () => {
  let requests: number;
  let answer: { status: number; body: string; headers?: Record<string, string> } | "silence" | "a beginning";
  const server = createServer((_request, response) => {
    requests += 1;
    if (answer === "silence") return;
    if (answer === "a beginning") response.writeHead(200).write('{"keys":[');
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  let jwkUrl: string;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    jwkUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    requests = 0;
    serve(jwk(ONE, "one"));
  });

  function serve(...keys: object[]): void {
    answer = { status: 200, body: JSON.stringify({ keys }) };
  }

  function tokensBy(
    options: JwtOptions<TestUser> = {},
    parts: RemoteKeySetOptions = {},
  ): Tokens<TestUser> {
    const all: JwtOptions<TestUser> = { algorithm: "ES256", jwkUrl, ...options };
    return tokensWith(all, {
      keys: createRemoteKeySet(jwtSettings<never>(all as JwtOptions<never>, SECRET), parts),
    });
  }

  async function isAway(tokens: Tokens<TestUser>, text: string): Promise<void> {
    await assert.rejects(async () => await tokens.verify(text, "access"), (error: Error) => {
      assert.ok(error instanceof KeysUnavailable);
      assert.deepEqual([error.code, error.status], ["keys_unavailable", 503]);
      return true;
    });
  }

  it("are fetched once for tokens that arrive together", async () => {
    const tokens = tokensBy();
    const texts = await Promise.all([1, 2, 3].map((index) => token(ONE, { kid: "one" }, payload({ index }))));
    assert.deepEqual(await Promise.all(texts.map((text) => said(tokens, text))), ["ok", "ok", "ok"]);
    assert.equal(requests, 1);
  });

  it("are not fetched for tokens that are refused without them", async () => {
    const tokens = tokensBy();
    const good = await token(ONE, { kid: "one" });
    const refused = ["", "a.b.c", good.replace(/\.[^.]*$/, "."), await token(ONE, {})];
    const codes = await Promise.all(refused.map((text) => said(tokens, text)));
    assert.deepEqual(codes, [...Array(3).fill("token_malformed"), "token_unknown_key"]);
    assert.equal(requests, 0);
  });

  it("verify a token only by the kid of its header", async () => {
    serve(jwk(ONE, "one"), jwk(TWO, "two"));
    const tokens = tokensBy();
    assert.equal(await said(tokens, await token(TWO, { kid: "two" })), "ok");
    assert.equal(await said(tokens, await token(TWO, { kid: "one" })), "token_bad_signature");
    assert.equal(await said(tokens, await token(ONE, {})), "token_unknown_key");
    assert.equal(await said(tokens, await token(ONE, { kid: "three" })), "token_unknown_key");
    // A key in the token's own header, or its URL, is ignored.
    const own = { kid: "three", jwk: jwk(ONE, "three"), jku: jwkUrl, x5u: jwkUrl };
    assert.equal(await said(tokens, await token(ONE, own)), "token_unknown_key");
    assert.equal(requests, 1);
  });

  it("are fetched again for an unknown kid after the cooldown", async () => {
    const tokens = tokensBy({ jwkCooldown: 0 });
    assert.equal(await said(tokens, await token(ONE, { kid: "one" })), "ok");
    serve(jwk(ONE, "one"), jwk(TWO, "two"));
    assert.equal(await said(tokens, await token(TWO, { kid: "two" })), "ok");
    assert.equal(requests, 2);
    const cool = tokensBy({ jwkCooldown: 60 });
    for (let index = 0; index < 5; index++) await said(cool, await token(TWO, { kid: `${index}` }));
    assert.equal(requests, 3);
  });

  it("that were removed invalidate the cached tokens that they verified", async () => {
    const tokens = tokensBy({ jwkCooldown: 0 });
    const text = await token(ONE, { kid: "one" });
    assert.equal(await said(tokens, text), "ok");
    serve(jwk(TWO, "two"));
    assert.equal(await said(tokens, await token(TWO, { kid: "two" })), "ok");
    assert.equal(await said(tokens, text), "token_unknown_key");
  });

  it("are fetched again when outdated, before a cached token is accepted", async () => {
    const tokens = tokensBy({ jwkCacheAge: 0 });
    const text = await token(ONE, { kid: "one" });
    for (let round = 0; round < 3; round++) assert.equal(await said(tokens, text), "ok");
    serve(jwk(TWO, "two"));
    assert.equal(await said(tokens, text), "token_unknown_key");
  });

  const outages: [name: string, answer: typeof answer][] = [
    ["nothing", "silence"],
    ["the beginning of a set", "a beginning"],
    ["an error", { status: 500, body: "{}" }],
    ["a redirection", { status: 302, body: "", headers: { Location: "/other" } }],
    ["no JSON", { status: 200, body: "<html>" }],
    ["no set of keys", { status: 200, body: '{"keys":1}' }],
    ["megabytes", { status: 200, body: JSON.stringify({ keys: [], pad: "x".repeat(300_000) }) }],
  ];
  for (const [name, given] of outages) {
    it(`are reported as unavailable if their URL answers ${name}`, async () => {
      answer = given;
      const tokens = tokensBy({ jwkTimeout: 0.2 });
      await isAway(tokens, await token(ONE, { kid: "one" }));
    });
  }

  it("that are unavailable are not fetched again by every request", async () => {
    answer = { status: 500, body: "" };
    const timers = new FakeTime();
    const tokens = tokensBy({}, { timers });
    const text = await token(ONE, { kid: "one" });
    for (let index = 0; index < 20; index++) await isAway(tokens, text);
    assert.equal(requests, 1);
    await timers.advance(1000);
    serve(jwk(ONE, "one"));
    assert.equal(await said(tokens, text), "ok");
    assert.equal(requests, 2);
  });

  it("at a hanging URL are awaited only once, not by every request", async () => {
    answer = "silence";
    const timers = new FakeTime();
    const tokens = tokensBy({ jwkTimeout: 5 }, { timers });
    const text = await token(ONE, { kid: "one" });
    const waiting = [isAway(tokens, text), isAway(tokens, text)];
    while (requests === 0) await turn();
    await timers.advance(5000);
    await Promise.all(waiting);
    for (let index = 0; index < 20; index++) await isAway(tokens, text);
    assert.equal(timers.pending, 0);
    assert.equal(requests, 1);
  });

  it("are not fetched for unknown kids during an outage, and cached ones stay valid", async () => {
    const timers = new FakeTime();
    const tokens = tokensBy({ jwkCooldown: 30 }, { timers });
    const good = await token(ONE, { kid: "one" });
    assert.equal(await said(tokens, good), "ok");
    await timers.advance(31_000);
    answer = { status: 500, body: "" };
    for (let index = 0; index < 20; index++) {
      await isAway(tokens, await token(ONE, { kid: `invented ${index}` }));
      assert.equal(await said(tokens, good), "ok");
    }
    assert.equal(requests, 2);
    await timers.advance(30_000);
    await isAway(tokens, await token(ONE, { kid: "invented" }));
    assert.equal(requests, 3);
  });

  it("that are replaced during a verification are not accepted afterwards", async () => {
    let keys = [jwk(ONE, "one")];
    const fetcher = () => Promise.resolve(Response.json({ keys }));
    const tokens = tokensBy({ jwkCooldown: 0 }, { fetch: fetcher as typeof fetch });
    const old = await token(ONE, { kid: "one" });
    assert.equal(await said(tokens, old), "ok");
    keys = [jwk(TWO, "two")];
    const renewal = said(tokens, await token(TWO, { kid: "two" }));
    const racing: Promise<string>[] = [];
    for (let turn = 0; turn < 200; turn++) {
      racing.push(said(tokens, old));
      await null;
    }
    assert.equal(await renewal, "ok");
    await Promise.all(racing);
    assert.equal(await said(tokens, old), "token_unknown_key");
  });

  it("that are unusable or too short are treated as missing", async () => {
    const [long, short] = [rsaPair(), rsaPair(1024)];
    const rsaKey = (pair: PemPair, kid: string) => jwk(pair, kid, { alg: "RS256" });
    // No library signs with such a key.
    const rsaToken = ({ privateKey }: PemPair, kid: string): string => {
      const text = `${segment(JSON.stringify({ alg: "RS256", typ: "JWT", kid }))}.${segment(payload())}`;
      return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
    };
    serve(
      rsaKey(short, "short"),
      rsaKey(long, "long"),
      ...[short, long].map((pair) => rsaKey(pair, "both")),
      { ...rsaKey(long, "broken"), n: undefined },
    );
    const tokens = tokensBy({ algorithm: "RS256" });
    for (const kid of ["short", "broken", "other"]) {
      assert.equal(await said(tokens, rsaToken(short, kid)), "token_unknown_key", kid);
    }
    for (const kid of ["long", "both"]) assert.equal(await said(tokens, rsaToken(long, kid)), "ok", kid);
    assert.equal(await said(tokens, rsaToken(short, "both")), "token_bad_signature");
    assert.equal(requests, 1);
  });

  it("do not replace the fallback keys", async () => {
    const tokens = tokensBy({ verifyingKeyFallbacks: [TWO.publicKey] });
    assert.equal(await said(tokens, await token(TWO, {})), "ok");
    assert.equal(await said(tokens, await token(ONE, { kid: "one" })), "ok");
  });

  it("are fetched with a given fetch function", async () => {
    const urls: string[] = [];
    const fetcher = (url: string): Promise<Response> => {
      urls.push(url);
      return Promise.resolve(Response.json({ keys: [jwk(ONE, "one")] }));
    };
    const tokens = tokensBy({ jwkUrl: "https://example.com/keys" }, { fetch: fetcher as typeof fetch });
    assert.equal(await said(tokens, await token(ONE, { kid: "one" })), "ok");
    assert.deepEqual(urls, ["https://example.com/keys"]);
  });
});
