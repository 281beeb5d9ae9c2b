/** Hostile input in place of tokens: each is refused with a code, and never throws an exception. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NOW, payload, rsaPair, said, SECRET, segment, signed, tokensWith } from "./helpers.ts";

const HEADER = '{"alg":"HS256","typ":"JWT"}';
const GOOD = signed(payload());
const [HEAD, BODY, SIGNATURE] = GOOD.split(".") as [string, string, string];

describe("a token", () => {
  it("with the right format, signature and claims is accepted", async () => {
    assert.equal(await said(tokensWith(), GOOD), "ok");
  });

  const shapes: [name: string, text: unknown][] = [
    ["nothing", ""],
    ["dots", ".."],
    ["two segments", `${HEAD}.${BODY}`],
    ["four segments", `${GOOD}.${SIGNATURE}`],
    ["a doubled payload", `${HEAD}.${BODY}.${BODY}.${SIGNATURE}`],
    ["no signature", `${HEAD}.${BODY}.`],
    ["padding", `${GOOD}=`],
    ["white space", ` ${GOOD}`],
    ["a line feed at the end", `${GOOD}\n`],
    ["characters of the other base64", GOOD.replace(/[-_]/g, "+").concat("/")],
    ["text that is no ASCII", "é.é.é"],
    ["a lone surrogate", "\ud800.a.b"],
    ["a NUL", `${HEAD}.${BODY}\0.${SIGNATURE}`],
    ["megabytes", "a".repeat(5_000_000)],
    ["a good token in too much of it", signed(payload({ pad: "x".repeat(20_000) }))],
    ["a number", 7],
    ["null", null],
    ["a list with a token", [GOOD]],
    ["an object that calls itself a token", { toString: () => GOOD }],
  ];
  for (const [name, text] of shapes) {
    it(`is malformed: ${name}`, async () => assert.equal(await said(tokensWith(), text), "token_malformed"));
  }

  const headers: [header: string, code: string][] = [
    ['{"alg":"none"}', "token_wrong_algorithm"],
    ['{"alg":"None","typ":"JWT"}', "token_wrong_algorithm"],
    ['{"alg":"HS512"}', "token_wrong_algorithm"],
    ['{"alg":"RS256"}', "token_wrong_algorithm"],
    ['{"alg":["HS256"]}', "token_wrong_algorithm"],
    ['{"alg":"HS256","alg":"none"}', "token_wrong_algorithm"],
    ["{}", "token_wrong_algorithm"],
    ['{"alg":"HS256","crit":["exp"]}', "token_malformed"],
    ['{"alg":"HS256","b64":false,"crit":["b64"]}', "token_malformed"],
    ['{"alg":"HS256","kid":7}', "token_malformed"],
    ["[]", "token_malformed"],
    ['"HS256"', "token_malformed"],
    ['{"alg":"HS256"', "token_malformed"],
    ['{"alg":"HS256","kid":"../../dev/null"}', "ok"],
    ['{"alg":"HS256","x5u":"https://example.com/","jku":"https://example.com/"}', "ok"],
    ['{"alg":"HS256","jwk":{"kty":"oct","k":"eA"},"x5c":["AAAA"]}', "ok"],
  ];
  for (const [header, code] of headers) {
    it(`with the header ${header}: ${code}`, async () => {
      assert.equal(await said(tokensWith(), signed(payload(), header)), code);
    });
  }

  it("with its own key in the header is still verified with ours", async () => {
    const own = signed(payload(), '{"alg":"HS256","jwk":{"kty":"oct","k":"eA"}}', "x");
    assert.equal(await said(tokensWith(), own), "token_bad_signature");
    assert.equal(await said(tokensWith(), signed(payload(), HEADER, "")), "token_bad_signature");
  });

  it("without a signature is refused, whatever its header", async () => {
    for (
      const [header, code] of [['{"alg":"none"}', "token_wrong_algorithm"], [HEADER, "token_bad_signature"]]
    ) {
      const text = `${segment(header!)}.${BODY}`;
      assert.equal(await said(tokensWith(), `${text}.`), "token_malformed");
      assert.equal(await said(tokensWith(), `${text}.AAAA`), code);
    }
  });

  it("signed by HMAC with the public key as its secret is refused", async () => {
    const { privateKey, publicKey } = rsaPair();
    const tokens = tokensWith({ algorithm: "RS256", signingKey: privateKey, verifyingKey: publicKey });
    assert.equal(await said(tokens, signed(payload(), HEADER, publicKey)), "token_wrong_algorithm");
    assert.equal(await said(tokens, signed(payload(), '{"alg":"RS256"}', publicKey)), "token_bad_signature");
    assert.throws(() => tokensWith({ signingKey: publicKey }), { code: "improperly_configured" });
  });

  it("with any character of its signature changed is refused", async () => {
    for (let index = 0; index < SIGNATURE.length; index++) {
      const other = SIGNATURE[index] === "A" ? "B" : "A";
      const text = `${HEAD}.${BODY}.${SIGNATURE.slice(0, index)}${other}${SIGNATURE.slice(index + 1)}`;
      assert.equal(await said(tokensWith(), text), "token_bad_signature");
    }
  });

  it("is refused if the unused bits at the end of its signature are changed", async () => {
    // The last character of 32 bytes has two unused bits.
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twin = last[last.indexOf(SIGNATURE.at(-1)!) ^ 1]!;
    assert.equal(
      await said(tokensWith(), `${HEAD}.${BODY}.${SIGNATURE.slice(0, -1)}${twin}`),
      "token_bad_signature",
    );
  });
});

describe("a payload with a valid signature", () => {
  const payloads: [name: string, payload: string | Uint8Array, code: string][] = [
    ["no JSON", "no json", "token_malformed"],
    ["a list", "[1]", "token_malformed"],
    ["a text", '"text"', "token_malformed"],
    ["null", "null", "token_malformed"],
    ["broken UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "token_malformed"],
    ["a byte order mark", "\ufeff{}", "token_malformed"],
    ["a thousand levels", `{"a":${"[".repeat(1500)}${"]".repeat(1500)}}`, "token_malformed"],
    ["nothing in it", "{}", "token_no_exp"],
    ["the last of two ends", payload().replace("{", '{"exp":1,'), "ok"],
    ["the last of two users", payload().replace("}", ',"user_id":"8"}'), "ok"],
    ["the last of two ends, and that has passed", payload().replace(/}$/, ',"exp":1}'), "token_expired"],
  ];
  for (const [name, text, code] of payloads) {
    it(`with ${name}: ${code}`, async () => assert.equal(await said(tokensWith(), signed(text)), code));
  }

  const times: [claims: Record<string, unknown>, code: string][] = [
    [{ exp: -1 }, "token_expired"],
    [{ exp: NOW }, "token_expired"],
    [{ exp: NOW + 0.5 }, "token_expired"],
    [{ exp: NOW + 1.5 }, "ok"],
    [{ exp: String(NOW + 60) }, "token_malformed"],
    [{ exp: "tomorrow" }, "token_malformed"],
    [{ exp: null }, "token_malformed"],
    [{ exp: true }, "token_malformed"],
    [{ exp: [NOW + 60] }, "token_malformed"],
    [{ exp: { valueOf: NOW + 60 } }, "token_malformed"],
    [{ exp: 1e20 }, "token_malformed"],
    [{ exp: 253_402_300_800 }, "token_malformed"],
    [{ exp: 253_402_300_799 }, "ok"],
    [{ exp: undefined }, "token_no_exp"],
    [{ iat: NOW + 1 }, "token_not_yet_valid"],
    [{ iat: NOW + 0.5 }, "ok"],
    [{ iat: "0" }, "token_malformed"],
    [{ iat: false }, "token_malformed"],
    [{ iat: undefined }, "ok"],
    [{ nbf: NOW + 1 }, "token_not_yet_valid"],
    [{ nbf: -1e300 }, "ok"],
    [{ jti: 7 }, "token_malformed"],
    [{ jti: undefined }, "token_no_id"],
    [{ sub: 7 }, "token_malformed"],
    [{ token_type: "refresh" }, "token_wrong_type"],
    [{ token_type: "Access" }, "token_wrong_type"],
    [{ token_type: ["access"] }, "token_wrong_type"],
    [{ token_type: undefined }, "token_no_type"],
    [{ aud: 7, iss: 7 }, "ok"],
  ];
  for (const [claims, code] of times) {
    it(`with ${JSON.stringify(claims)}: ${code}`, async () => {
      assert.equal(await said(tokensWith(), signed(payload(claims))), code);
    });
  }

  it("with NaN, infinite or huge times is malformed", async () => {
    for (const time of ["NaN", "Infinity", "-Infinity", "1e400"]) {
      const text = payload().replace(/"exp":\d+/, `"exp":${time}`);
      assert.equal(await said(tokensWith(), signed(text)), "token_malformed", time);
    }
    const huge = payload().replace(/"exp":\d+/, `"exp":1${"0".repeat(40)}`);
    assert.equal(await said(tokensWith(), signed(huge)), "token_malformed");
  });

  it("is refused for the first of simplejwt's reasons", async () => {
    const wrong = { exp: NOW - 1, jti: undefined, token_type: undefined };
    const tokens = tokensWith({ issuer: "me", audience: "us" });
    const right = { iss: "me", aud: "us" };
    assert.equal(await said(tokens, signed(payload(wrong), HEADER, "other")), "token_bad_signature");
    assert.equal(await said(tokens, signed(payload({ ...wrong, iat: NOW + 1 }))), "token_not_yet_valid");
    assert.equal(await said(tokens, signed(payload(wrong))), "token_expired");
    assert.equal(await said(tokens, signed(payload({ ...wrong, exp: undefined }))), "token_wrong_issuer");
    assert.equal(
      await said(tokens, signed(payload({ ...wrong, exp: undefined, iss: "me" }))),
      "token_wrong_audience",
    );
    assert.equal(await said(tokens, signed(payload({ ...wrong, ...right, exp: undefined }))), "token_no_exp");
    assert.equal(await said(tokens, signed(payload({ ...wrong, ...right, exp: NOW + 1 }))), "token_no_id");
    assert.equal(await said(tokens, signed(payload({ ...right, token_type: undefined }))), "token_no_type");
  });

  it("is never quoted in a refusal", async () => {
    const texts = [
      signed(payload(), '{"alg":"none"}'),
      signed(payload({ exp: 1 })),
      signed("no json"),
      `${GOOD}x`,
    ];
    for (const text of texts) {
      const refusal = JSON.stringify(await tokensWith().verify(text, "access"));
      for (const part of [...text.split("."), SECRET]) assert.ok(!refusal.includes(part));
    }
  });
});
