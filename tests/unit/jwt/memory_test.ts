/** What is cached of verified tokens: their signature, but nothing that can change. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTokenBackend, type TokenBackend } from "../../../src/jwt/jws/backend.ts";
import type { CompactToken } from "../../../src/jwt/jws/compact.ts";
import { createHmacSignatures, type Signatures } from "../../../src/jwt/jws/signatures.ts";
import type { TokenStore } from "../../../src/jwt/tokens/store.ts";
import { NOW, payload, said, SECRET, segment, signed, tokensWith } from "./helpers.ts";

/** A backend that counts signature checks, with an adjustable time and keys. */
function counted(): {
  backend: TokenBackend;
  state: { checks: number; now: number; generation: number | null; keys: string[] };
} {
  const state = { checks: 0, now: NOW, generation: 0 as number | null, keys: [SECRET] };
  const signatures: Signatures = {
    kid: null,
    sign: () => assert.fail("nothing is signed here"),
    verify(token: CompactToken) {
      state.checks += 1;
      return createHmacSignatures("sha256", state.keys).verify(token);
    },
    generation: () => state.generation,
  };
  const clock = { now: () => state.now * 1000 };
  const options = { algorithm: "HS256", signatures, clock, leeway: 0, audience: null, issuer: null } as const;
  return { backend: createTokenBackend(options), state };
}

describe("a token that was verified before", () => {
  it("has its signature checked twice, since the first check is not cached", async () => {
    const { backend, state } = counted();
    for (let round = 0; round < 5; round++) assert.ok("claims" in await backend.verify(signed(payload())));
    assert.equal(state.checks, 2);
  });

  it("still expires", async () => {
    const { backend, state } = counted();
    for (let round = 0; round < 3; round++) assert.ok("claims" in await backend.verify(signed(payload())));
    state.now += 60;
    assert.deepEqual(await backend.verify(signed(payload())), { code: "token_expired" });
    assert.equal(state.checks, 2);
  });

  it("is verified again when the keys have changed", async () => {
    const { backend, state } = counted();
    for (let round = 0; round < 3; round++) assert.ok("claims" in await backend.verify(signed(payload())));
    state.keys = ["another"];
    state.generation = 1;
    assert.deepEqual(await backend.verify(signed(payload())), { code: "token_bad_signature" });
  });

  it("is verified again while the current keys are unknown, and no longer once they are known", async () => {
    const { backend, state } = counted();
    for (let round = 0; round < 3; round++) assert.ok("claims" in await backend.verify(signed(payload())));
    state.generation = null;
    for (let round = 0; round < 3; round++) assert.ok("claims" in await backend.verify(signed(payload())));
    assert.equal(state.checks, 5);
    state.generation = 0;
    assert.ok("claims" in await backend.verify(signed(payload())));
    assert.equal(state.checks, 5);
  });

  it("is distinguished from every other one", async () => {
    const { backend, state } = counted();
    const token = signed(payload());
    for (let round = 0; round < 3; round++) assert.ok("claims" in await backend.verify(token));
    const [header, , signature] = token.split(".");
    const forged = [
      `${token.slice(0, 60)}A${token.slice(61)}`,
      `${header}.${segment(payload({ user_id: "1" }))}.${signature}`,
      `${token.slice(0, -20)}${token.at(-20) === "A" ? "B" : "A"}${token.slice(-19)}`,
      token.slice(0, -1),
    ];
    for (const text of [...forged, ...forged]) assert.ok("code" in await backend.verify(text));
    // Failed checks are not cached, or clients could fill the cache with them.
    assert.equal(state.checks, 10);
  });

  it("is dropped from the cache after many others", async () => {
    const { backend, state } = counted();
    const first = signed(payload());
    for (let round = 0; round < 3; round++) await backend.verify(first);
    assert.equal(state.checks, 2);
    for (let index = 0; index < 20_000; index++) {
      const other = signed(payload({ index }));
      for (let round = 0; round < 2; round++) await backend.verify(other);
    }
    await backend.verify(first);
    assert.equal(state.checks, 40_003);
  });

  it("is not dropped for many tokens that occur once, nor for expired ones", async () => {
    const { backend, state } = counted();
    const kept = signed(payload());
    for (let round = 0; round < 2; round++) await backend.verify(kept);
    for (let index = 0; index < 100; index++) {
      await backend.verify(signed(payload({ index })));
      const expired = signed(payload({ index: index % 20, exp: NOW - 1 }));
      assert.deepEqual(await backend.verify(expired), { code: "token_expired" });
      assert.ok("claims" in await backend.verify(kept));
    }
    assert.equal(state.checks, 202);
    const once = signed(payload({ index: 99, exp: NOW - 1 }));
    for (let round = 0; round < 5; round++) await backend.verify(once);
    assert.equal(state.checks, 207);
  });

  it("is accepted only as its own type, however often it is verified", async () => {
    const tokens = tokensWith();
    const text = signed(payload());
    for (let round = 0; round < 4; round++) {
      assert.equal(await said(tokens, text, "access"), "ok");
      assert.equal(await said(tokens, text, "refresh"), "token_wrong_type");
      assert.equal(await said(tokens, text, "untyped"), "ok");
    }
  });

  it("is refused if it expires while its keys are fetched", async () => {
    let now = NOW;
    const clock = { now: () => now * 1000 };
    const slow: Signatures = {
      kid: null,
      sign: () => assert.fail("nothing is signed here"),
      async verify(): Promise<"valid"> {
        await Promise.resolve();
        now += 60;
        return "valid";
      },
      generation: () => null,
    };
    const options = { algorithm: "HS256", signatures: slow, clock, leeway: 0 } as const;
    const backend = createTokenBackend({ ...options, audience: null, issuer: null });
    assert.deepEqual(await backend.verify(signed(payload()), clock.now()), { code: "token_expired" });
  });

  it("is looked up in the blacklist each time", async () => {
    const listed = new Set<string>();
    let questions = 0;
    const store = {
      isInstalled: () => Promise.resolve(true),
      isBlacklisted: (jti: string) => Promise.resolve((questions += 1) > 0 && listed.has(jti)),
    } as TokenStore;
    const tokens = tokensWith({}, { store });
    for (const type of ["refresh", "sliding"] as const) {
      const token = tokens.create(type);
      const text = await tokens.sign(token);
      assert.equal(await said(tokens, text, type), "ok");
      listed.add(String(token.claims.get("jti")));
      assert.equal(await said(tokens, text, type), "token_blacklisted");
    }
    assert.equal(questions, 4);
  });

  it("is not affected by changes to the claims that it returned", async () => {
    const tokens = tokensWith();
    const text = signed(payload({ roles: ["reader"] }));
    const first = await tokens.verify(text, "access");
    assert.ok("token" in first);
    (first.token.claims.get("roles") as string[]).push("admin");
    const second = await tokens.verify(text, "access");
    assert.ok("token" in second);
    assert.deepEqual(second.token.claims.get("roles"), ["reader"]);
  });
});
