/** Key pairs as PEM: an invalid key, or one for another algorithm, is refused at the start. */

import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { CompactSign, importPKCS8 } from "jose";
import { localKeySet } from "../../../src/jwt/jws/key_set.ts";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { ecPair, payload, type PemPair, rsaPair, said, type TestUser, tokensWith } from "./helpers.ts";

describe("a key", () => {
  const rsa = rsaPair();
  const small = rsaPair(1024);
  const curve = ecPair();
  const cases: [name: string, options: JwtOptions<TestUser>, message: RegExp][] = [
    [
      "no PEM",
      { algorithm: "RS256", verifyingKey: "a key" },
      /^jwt\.verifyingKey cannot be read, expected a public key/,
    ],
    [
      "a broken PEM",
      { algorithm: "RS256", verifyingKey: rsa.publicKey.replace("MII", "XII") },
      /^jwt\.verifyingKey cannot be read/,
    ],
    [
      "a public key to sign with",
      { algorithm: "RS256", verifyingKey: rsa.publicKey, signingKey: rsa.publicKey },
      /^jwt\.signingKey cannot be read, expected a private key as PEM for RS256$/,
    ],
    [
      "a key of another type",
      { algorithm: "ES256", verifyingKey: rsa.publicKey },
      /^jwt\.verifyingKey is a key of type rsa/,
    ],
    [
      "a key on another curve",
      { algorithm: "ES384", verifyingKey: curve.publicKey },
      /^jwt\.verifyingKey is a key of type prime256v1/,
    ],
    [
      "a key that is too short",
      { algorithm: "PS256", verifyingKey: small.publicKey },
      /^jwt\.verifyingKey has 1024 bits/,
    ],
    [
      "an older key of another type",
      { algorithm: "RS256", verifyingKey: rsa.publicKey, verifyingKeyFallbacks: [curve.publicKey] },
      /^jwt\.verifyingKeyFallbacks is a key of type/,
    ],
  ];
  for (const [name, options, message] of cases) {
    it(`is refused at the start: ${name}`, () => {
      assert.throws(() => tokensWith(options), (error: Error) => {
        assert.match(error.message, message);
        for (const line of [rsa, small, curve].flatMap((pair) => pair.publicKey.split("\n").slice(1, 3))) {
          assert.ok(!error.message.includes(line) && !String(error.cause).includes(line));
        }
        return true;
      });
    });
  }

  it("for signing may be missing, and then tokens can only be verified", async () => {
    const tokens = tokensWith({ algorithm: "RS256", verifyingKey: rsa.publicKey });
    await assert.rejects(async () => await tokens.sign(tokens.create("access")), {
      code: "improperly_configured",
      message: /^jwt\.signingKey is missing/,
    });
  });

  it("may have any PEM format that Django accepts", async () => {
    const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pairs: [JwtOptions["algorithm"], string, string][] = [
      [
        "RS256",
        keys.privateKey.export({ type: "pkcs1", format: "pem" }) as string,
        keys.publicKey.export({ type: "pkcs1", format: "pem" }) as string,
      ],
      ["ES256", ec.privateKey.export({ type: "sec1", format: "pem" }) as string, curve.publicKey],
      ["RS256", `\n${rsa.privateKey}\n`, rsa.privateKey],
    ];
    for (const [algorithm, signingKey, verifyingKey] of pairs) {
      const tokens = tokensWith({ algorithm: algorithm!, signingKey, verifyingKey });
      const verified = await tokens.verify(await tokens.sign(tokens.create("access")), "access");
      // The keys of the second pair do not match.
      assert.equal(
        "token" in verified ? "ok" : verified.code,
        algorithm === "ES256" ? "token_bad_signature" : "ok",
      );
    }
  });
});

describe("keys", () => {
  const algorithms = [["RS256", rsaPair(), rsaPair()], ["ES256", ecPair(), ecPair()]] as const;

  it("among the fallbacks verify older tokens, and sign none", async () => {
    for (const [algorithm, now, before] of algorithms) {
      const issuing = ({ privateKey, publicKey }: PemPair, verifyingKeyFallbacks: string[] = []) =>
        tokensWith({ algorithm, signingKey: privateKey, verifyingKey: publicKey, verifyingKeyFallbacks });
      const old = await issuing(before).sign(issuing(before).create("access"));
      const current = issuing(now, [before.publicKey]);
      assert.equal(await said(current, old), "ok", algorithm);
      assert.equal(await said(issuing(now), old), "token_bad_signature");
      const fresh = await current.sign(current.create("access"));
      assert.equal(await said(issuing(now), fresh), "ok");
      assert.equal(await said(issuing(before), fresh), "token_bad_signature");
    }
  });

  it("are imported once, however many tokens they sign and verify", async () => {
    const { subtle } = globalThis.crypto;
    const importKey = subtle.importKey;
    let imports = 0;
    // All of jose's imports go through this function, so they can be counted here.
    subtle.importKey = function (...args: unknown[]) {
      imports += 1;
      return Reflect.apply(importKey, subtle, args);
    } as typeof importKey;
    try {
      for (const [algorithm, { privateKey, publicKey }] of algorithms) {
        imports = 0;
        const tokens = tokensWith({ algorithm, signingKey: privateKey, verifyingKey: publicKey });
        const texts = await Promise.all([1, 2, 3].map(() => tokens.sign(tokens.create("access"))));
        for (const text of texts) assert.equal(await said(tokens, text), "ok");
        assert.equal(imports, 2, algorithm);
      }
    } finally {
      subtle.importKey = importKey;
    }
  });
});

describe("a given set of keys", () => {
  const [one, two] = [ecPair(), ecPair()];

  function jwk({ publicKey }: PemPair, kid: string, more: object = {}): Record<string, unknown> {
    const key = createPublicKey(publicKey).export({ format: "jwk" });
    return { ...key, kid, use: "sig", alg: "ES256", ...more };
  }

  async function token({ privateKey }: PemPair, kid: string): Promise<string> {
    return await new CompactSign(new TextEncoder().encode(payload()))
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid }).sign(await importPKCS8(privateKey, "ES256"));
  }

  it("is searched for a key with the right kid, use and algorithm", async () => {
    const keys = [jwk(one, "one"), jwk(two, "enc", { use: "enc" }), jwk(two, "es384", { alg: "ES384" })];
    const tokens = tokensWith({ algorithm: "ES256", jwks: { keys } });
    assert.equal(await said(tokens, await token(one, "one")), "ok");
    for (const kid of ["enc", "es384", "other"]) {
      assert.equal(await said(tokens, await token(two, kid)), "token_unknown_key");
    }
    const set = localKeySet({ keys }, "ES256");
    const found = await set.find("one");
    assert.equal(found.length, 1);
    assert.equal((await set.find("one"))[0], found[0], "imported once");
  });

  it("is refused at the start if an RSA key is too short for the algorithm", async () => {
    const [long, short] = [rsaPair(), rsaPair(1024)];
    const rsaKeys = [jwk(long, "long", { alg: "RS256" }), jwk(short, "short", { alg: "RS256" })] as const;
    const [first, { n, ...rest }] = rsaKeys;
    const padded = Buffer.concat([Buffer.alloc(128), Buffer.from(String(n), "base64url")]);
    const keys: [key: Record<string, unknown>, bits: number][] = [
      [rsaKeys[1], 1024],
      [{ ...rest, n: padded.toString("base64url") }, 1024],
      [{ ...rest, n: "AAE" }, 1],
      ...[undefined, "", "=", 7].map((n): [Record<string, unknown>, number] => [{ ...rest, n }, 0]),
    ];
    for (const [key, bits] of keys) {
      for (const algorithm of ["RS256", "PS512"] as const) {
        assert.throws(() => tokensWith({ algorithm, jwks: { keys: [first, key] } }), {
          code: "improperly_configured",
          message:
            `jwt.jwks has the RSA key "short" with ${bits} bits, expected at least 2048 for ${algorithm}`,
        });
      }
    }
    tokensWith({ algorithm: "RS256", jwks: { keys: [first] } });
    const mixed = tokensWith({ algorithm: "ES256", jwks: { keys: [jwk(one, "one"), rsaKeys[1]] } });
    assert.equal(await said(mixed, await token(one, "one")), "ok");
  });

  it("treats an unusable key as missing", async () => {
    const keys = [jwk(one, "half", { y: undefined }), jwk(one, "one")];
    const tokens = tokensWith({ algorithm: "ES256", jwks: { keys } });
    assert.equal(await said(tokens, await token(one, "half")), "token_unknown_key");
    assert.equal(await said(tokens, await token(one, "one")), "ok");
  });

  it("adds its kid to tokens signed with the matching private key, and verifies them", async () => {
    const keys = [
      jwk(two, "other"),
      jwk(one, "enc", { use: "enc" }),
      jwk(one, "es384", { alg: "ES384" }),
      jwk(one, "wrap", { key_ops: ["wrapKey"] }),
      jwk(one, 'the "one"'),
    ];
    const tokens = tokensWith({ algorithm: "ES256", signingKey: one.privateKey, jwks: { keys } });
    const text = await tokens.sign(tokens.create("access"));
    const header = Buffer.from(text.split(".")[0]!, "base64url").toString();
    assert.equal(header, '{"alg":"ES256","kid":"the \\"one\\"","typ":"JWT"}');
    assert.equal(await said(tokens, text), "ok");
  });

  it("adds no kid to tokens signed with a key that it does not contain", async () => {
    const jwks = { keys: [jwk(two, "two")] };
    const tokens = tokensWith({ algorithm: "ES256", signingKey: one.privateKey, jwks });
    const text = await tokens.sign(tokens.create("access"));
    assert.equal(Buffer.from(text.split(".")[0]!, "base64url").toString(), '{"alg":"ES256","typ":"JWT"}');
    assert.equal(await said(tokens, text), "token_unknown_key");
  });
});
