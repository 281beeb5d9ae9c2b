/** Creating tokens, and what they are used for. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { TokenStore } from "../../../src/jwt/tokens/store.ts";
import { BOB, NOW, payload, said, signed, tokensWith } from "./helpers.ts";

const MARK = createHash("md5").update(BOB.password).digest("hex").toUpperCase();

/** A store that must not be called. */
const SILENT = new Proxy({} as TokenStore, {
  get: (_, name) => assert.fail(`${String(name)} was asked for`),
});

describe("a new token", () => {
  it("has its claims in simplejwt's order", async () => {
    const tokens = tokensWith({ checkRevokeToken: true, claims: () => ({ name: "Bób", price: 1.5 }) });
    const lists = {
      access: ["token_type", "exp", "iat", "jti"],
      refresh: ["token_type", "exp", "iat", "jti"],
      sliding: ["token_type", "exp", "iat", "jti", "refresh_exp"],
    };
    for (const [type, names] of Object.entries(lists)) {
      const { claims } = await tokens.forUser(type, BOB);
      assert.deepEqual([...claims.keys()], [...names, "user_id", "hash_password", "name", "price"]);
      assert.deepEqual([claims.get("token_type"), claims.get("user_id"), claims.get("hash_password")], [
        type,
        "7",
        MARK,
      ]);
    }
  });

  it("has the same header, order and text as simplejwt's", async () => {
    const tokens = tokensWith({ audience: ["a", "b"], issuer: "me" }, {
      randomBytes: () => new Uint8Array(16),
    });
    const text = await tokens.sign(await tokens.forUser("access", BOB));
    assert.equal(
      text,
      signed(
        `{"token_type":"access","exp":${NOW + 300},"iat":${NOW},"jti":"00000000000040008000000000000000",` +
          '"user_id":"7","aud":["a","b"],"iss":"me"}',
      ),
    );
  });

  it("expires after its lifetime, in whole seconds", () => {
    const clock = { now: () => NOW * 1000 + 900 };
    const tokens = tokensWith({ accessTokenLifetime: 0.5, slidingTokenLifetime: 60 }, { clock });
    assert.deepEqual(
      [tokens.create("access"), tokens.create("refresh"), tokens.create("untyped")].map(({ claims }) => [
        claims.get("exp"),
        claims.get("iat"),
      ]),
      [[NOW + 1, NOW], [NOW + 86_400, NOW], [NOW, NOW]],
    );
    const { claims } = tokens.create("sliding");
    assert.deepEqual([claims.get("exp"), claims.get("refresh_exp")], [NOW + 60, NOW + 86_400]);
  });

  it("may have a custom type with a lifetime", async () => {
    const tokens = tokensWith();
    const text = await tokens.sign(await tokens.forUser("invitation", BOB, 3600));
    assert.equal(await said(tokens, text, "invitation"), "ok");
    assert.equal(await said(tokens, text, "access"), "token_wrong_type");
    assert.throws(() => tokens.create("invitation"), TypeError);
  });

  it("uses the configured claim names, and omits disabled claims", async () => {
    const named = tokensWith({
      tokenTypeClaim: "kind",
      jtiClaim: "id",
      userIdClaim: "sub",
      slidingTokenRefreshExpClaim: "until",
      blacklist: false,
    });
    assert.deepEqual([...(await named.forUser("sliding", BOB)).claims.keys()], [
      "kind",
      "exp",
      "iat",
      "id",
      "until",
      "sub",
    ]);
    const bare = tokensWith({ tokenTypeClaim: null, jtiClaim: null, blacklist: false });
    const text = await bare.sign(await bare.forUser("access", BOB));
    assert.deepEqual([...bare.decodeUnverified(text)!.keys()], ["exp", "iat", "user_id"]);
    assert.equal(await said(bare, text, "refresh"), "ok");
  });

  it("converts custom claims without a JSON type with the encoder, and refuses them without one", async () => {
    const claims = () => ({ since: new Date(0), set: [new Set(["a"])] });
    const jsonEncoder = (value: unknown) =>
      value instanceof Date ? value.toISOString() : [...value as Set<unknown>];
    const { claims: made } = await tokensWith({ claims, jsonEncoder }).forUser("access", BOB);
    assert.deepEqual([made.get("since"), made.get("set")], ["1970-01-01T00:00:00.000Z", [["a"]]]);
    await assert.rejects(tokensWith({ claims }).forUser("access", BOB), TypeError);
    const endless = tokensWith({ claims, jsonEncoder: (value) => value });
    await assert.rejects(endless.forUser("access", BOB), TypeError);
  });

  it("is refused for a user whose userIdField is NULL", async () => {
    const nobody = { subjectOf: () => ({ pk: 7, userId: null, password: "" }), store: SILENT };
    const tokens = tokensWith({ userIdField: "email" }, nobody);
    for (const type of ["access", "refresh", "sliding"]) {
      await assert.rejects(tokens.forUser(type, BOB), {
        name: "TypeError",
        message: 'jwt.userIdField is "email", which is NULL for this user, ' +
          "expected a column that is NOT NULL, since the token names the user by it",
      });
    }
  });

  it("refuses custom claims that would overwrite its own", async () => {
    const renamed = { userIdClaim: "uid", jtiClaim: "id", tokenTypeClaim: "kind" };
    for (
      const [options, names] of [
        [{}, ["user_id", "jti", "exp", "iat", "token_type", "hash_password", "refresh_exp"]],
        [renamed, ["uid", "id", "kind", "jti", "exp", "iat"]],
      ] as const
    ) {
      for (const name of names) {
        await assert.rejects(
          tokensWith({ ...options, claims: () => ({ [name]: "26" }) }).forUser("access", BOB),
          {
            name: "TypeError",
            message: `The claim "${name}" belongs to the token itself`,
          },
        );
      }
    }
    const claims = { aud: "a", iss: "me", sub: "7", nbf: NOW };
    const { claims: made } = await tokensWith({ claims: () => claims }).forUser("access", BOB);
    assert.deepEqual(Object.keys(claims).map((name) => made.get(name)), Object.values(claims));
  });

  it("refuses custom claims that are not an object", async () => {
    for (const [answer, said] of [["x", "a string"], [["x"], "a list"], [null, "null"]]) {
      await assert.rejects(tokensWith({ claims: () => answer as never }).forUser("access", BOB), {
        name: "TypeError",
        message: `jwt.claims returned ${said}, expected an object of claims`,
      });
    }
  });

  it("refuses an issuer that is not text", async () => {
    const tokens = tokensWith({ claims: () => ({ iss: 7 }) });
    const made = await tokens.forUser("access", BOB);
    assert.throws(() => tokens.sign(made), TypeError);
  });

  it("made from a refresh token has its user and custom claims, with its own times and identifier", async () => {
    let now = NOW * 1000;
    const tokens = tokensWith({ claims: () => ({ f: 1.5 }) }, { clock: { now: () => now } });
    const text = await tokens.sign(await tokens.forUser("refresh", BOB));
    now += 5000;
    const refresh = await tokens.verify(text, "refresh");
    assert.ok("token" in refresh);
    now += 2000;
    const access = tokens.accessFrom(refresh.token).claims;
    assert.deepEqual(
      [
        access.get("token_type"),
        access.get("exp"),
        access.get("iat"),
        access.get("user_id"),
        access.get("f"),
      ],
      ["access", NOW + 305, NOW + 7, "7", 1.5],
    );
    assert.notEqual(access.get("jti"), refresh.token.claims.get("jti"));
  });
});

describe("verifying a token", () => {
  it("makes no query for an access token, nor for one that is refused anyway", async () => {
    const tokens = tokensWith({}, { store: SILENT });
    assert.equal(await said(tokens, signed(payload())), "ok");
    assert.equal(
      await said(tokens, signed(payload({ token_type: "refresh" })), "access"),
      "token_wrong_type",
    );
    for (const type of ["refresh", "sliding"]) {
      assert.equal(await said(tokens, signed(payload(), undefined, "other"), type), "token_bad_signature");
      assert.equal(await said(tokens, signed(payload({ exp: 1 })), type), "token_expired");
      assert.equal(await said(tokens, "x".repeat(50), type), "token_malformed");
    }
  });

  it("is synchronous where nothing has to be awaited", () => {
    const verified = tokensWith().verify(signed(payload()), "access");
    assert.ok("token" in verified);
  });

  it("applies the leeway to all of its times", async () => {
    const tokens = tokensWith({ leeway: 10 });
    for (const claims of [{ exp: NOW - 9 }, { iat: NOW + 10 }, { nbf: NOW + 10 }]) {
      assert.equal(await said(tokens, signed(payload(claims))), "ok");
    }
    assert.equal(await said(tokens, signed(payload({ exp: NOW - 10 }))), "token_expired");
    for (const name of ["iat", "nbf"]) {
      assert.equal(await said(tokens, signed(payload({ [name]: NOW + 11 }))), "token_not_yet_valid");
    }
  });

  it("requires one of the audiences, and the issuer", async () => {
    const tokens = tokensWith({ audience: ["one", "two"], issuer: "me" });
    for (const aud of ["two", ["x", "one"]]) {
      assert.equal(await said(tokens, signed(payload({ aud, iss: "me" }))), "ok");
    }
    for (const aud of [undefined, "", "on", [], ["x"], ["one", 7], { one: 1 }, null, 7]) {
      assert.equal(await said(tokens, signed(payload({ aud, iss: "me" }))), "token_wrong_audience");
    }
    for (const iss of [undefined, "Me", ["me"], null]) {
      assert.equal(await said(tokens, signed(payload({ aud: "one", iss }))), "token_wrong_issuer");
    }
  });

  it("accepts an older signing key", async () => {
    const tokens = tokensWith({ signingKey: "new", verifyingKeyFallbacks: ["older", "oldest"] });
    for (const key of ["new", "older", "oldest"]) {
      assert.equal(await said(tokens, signed(payload(), undefined, key)), "ok");
    }
    assert.equal(await said(tokens, signed(payload(), undefined, "other")), "token_bad_signature");
    const text = await tokens.sign(tokens.create("access"));
    assert.equal(await said(tokensWith({ signingKey: "new" }), text), "ok");
  });

  it("accepts any of the configured types, and otherwise returns simplejwt's list of refusals", async () => {
    const tokens = tokensWith({ authTokenClasses: ["access", "sliding"] });
    assert.ok("token" in await tokens.verifyAny(signed(payload({ token_type: "sliding" }))));
    assert.deepEqual(await tokens.verifyAny(signed(payload({ token_type: "refresh" }))), {
      code: "token_wrong_type",
      message: "Token has wrong type",
      messages: [
        { token_class: "AccessToken", token_type: "access", message: "Token has wrong type" },
        { token_class: "SlidingToken", token_type: "sliding", message: "Token has wrong type" },
      ],
    });
  });

  it("checks the password mark, and refuses a token without one if checkRevokeToken is on", async () => {
    const tokens = tokensWith({ checkRevokeToken: true });
    const token = await tokens.forUser("access", BOB);
    assert.equal(tokens.isPasswordCurrent(token, BOB.password), true);
    assert.equal(tokens.isPasswordCurrent(token, `${BOB.password}2`), false);
    for (const mark of [undefined, null, 7, MARK.toLowerCase(), [MARK]]) {
      const claims = token.claims.with(mark === undefined ? [] : [["hash_password", mark]]);
      const odd = mark === undefined ? tokens.create("access") : { ...token, claims };
      assert.equal(tokens.isPasswordCurrent(odd, BOB.password), false);
    }
    assert.equal(tokensWith().isPasswordCurrent(tokens.create("access"), "any"), true);
  });

  it("is not done by decodeUnverified, which returns null for invalid tokens", () => {
    const tokens = tokensWith();
    assert.equal(tokens.decodeUnverified(signed(payload(), undefined, "other"))?.get("user_id"), "7");
    for (const text of ["", "a.b.c", null, signed("[]")]) assert.equal(tokens.decodeUnverified(text), null);
  });
});

describe("a sliding token", () => {
  it("is refreshed with the same identifier until its refresh_exp", async () => {
    let now = NOW * 1000;
    const tokens = tokensWith({ slidingTokenRefreshLifetime: 400 }, { clock: { now: () => now } });
    let text = await tokens.sign(await tokens.forUser("sliding", BOB));
    const before = tokens.decodeUnverified(text)!.toObject();
    for (const [seconds, outcome] of [[299, "ok"], [399, "ok"], [400, "token_refresh_expired"]] as const) {
      now = (NOW + seconds) * 1000;
      const verified = await tokens.verify(text, "sliding");
      assert.ok("token" in verified);
      const refreshed = await tokens.refreshSliding(verified.token);
      assert.equal("code" in refreshed ? refreshed.code : "ok", outcome);
      if ("code" in refreshed) continue;
      text = refreshed.token;
      assert.deepEqual(tokens.decodeUnverified(text)!.toObject(), {
        ...before,
        exp: NOW + seconds + 300,
        iat: NOW + seconds,
      });
    }
  });

  it("is refused with simplejwt's message if its refresh claim is missing, past or invalid", async () => {
    const tokens = tokensWith({ slidingTokenRefreshExpClaim: "until" });
    const cases: [unknown, string, string][] = [
      [undefined, "token_no_refresh_exp", "Token has no 'until' claim"],
      [NOW, "token_refresh_expired", "Token 'until' claim has expired"],
      ["later", "token_malformed", "Token is invalid"],
      [1e300, "token_malformed", "Token is invalid"],
    ];
    for (const [until, code, message] of cases) {
      const verified = await tokens.verify(signed(payload({ token_type: "sliding", until })), "sliding");
      assert.ok("token" in verified);
      assert.deepEqual(await tokens.refreshSliding(verified.token), { code, message });
    }
  });
});
