/** Signed values: `Signer`, `TimestampSigner`, `signing.dumps` and `salted_hmac`, in both directions. */

import assert from "node:assert/strict";
import { DjauthError, SignatureExpired } from "../../src/errors.ts";
import type { HashAlgorithm } from "../../src/crypto/hmac.ts";
import { toHex } from "../../src/internal/bytes.ts";
import { parsePythonJson, stringifyPythonJson } from "../../src/internal/python/json.ts";
import { saltedHmac } from "../../src/crypto/salted_hmac.ts";
import { Signer } from "../../src/crypto/signer.ts";
import { dumps, dumpsText, loads, loadsText } from "../../src/crypto/signing.ts";
import { TimestampSigner } from "../../src/crypto/timestamp_signer.ts";
import type { Answer } from "../ground/oracle_types.ts";
import { compareFormats, ok } from "./compare.ts";
import { describeValue } from "./describe.ts";
import { jsonText, jsonValue, tampered, text } from "./generate.ts";
import type { Random } from "./random.ts";

const SEPARATORS = [":", "::", "/", "|", ".", " ", "é", "😀", "~", "a:", "\u0000", "\n:"];
const UNSAFE_SEPARATORS = ["", "-", "_", "=", "abc", "A0-_=", "\n", "a\n", "[", "^"];
const ALGORITHMS = [
  ...["sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha512", "md5", "blake2b", "SHA256"],
  ...["sha3_512", "blake2s", "no such algorithm", ""],
];

interface Options {
  key: string;
  salt: string | undefined;
  sep: string | undefined;
  algorithm: string | undefined;
}

interface SignedCase {
  options: Options;
  value: string;
  /** In seconds; multiples of a quarter, which are exact in both languages. */
  now: number;
  later: number;
  maxAge: number | undefined;
  random: Random;
}

function signedCase(random: Random): SignedCase {
  const now = random.between(0, 4_000_000_000) + random.below(4) / 4;
  return {
    options: {
      key: text(random, true) || "key",
      salt: random.oneIn(3) ? undefined : text(random, true),
      sep: random.oneIn(3)
        ? random.pick([...SEPARATORS, ...(random.oneIn(4) ? UNSAFE_SEPARATORS : [])])
        : undefined,
      algorithm: random.oneIn(3) ? random.pick(ALGORITHMS) : undefined,
    },
    value: random.oneIn(4) ? `${text(random)}${random.pick(SEPARATORS)}${text(random)}` : text(random),
    now,
    later: now + random.pick([0, 0.25, 1, 10, -5, 3600]),
    maxAge: random.oneIn(3) ? undefined : random.pick([0, 1, 1.5, 10, 3600, -5]),
    random,
  };
}

compareFormats("a Signer writes what Django writes, and refuses what Django refuses", {
  generate: signedCase,
  ask: ({ options, value }) => [
    { op: "signer.sign", args: { value, ...options } },
    {
      op: "salted_hmac",
      args: { key_salt: options.salt ?? "", value, secret: options.key, algorithm: options.algorithm },
    },
  ],
  check({ options, value }, [signed, mac]) {
    agree(signed, () => new Signer(options).sign(value));
    if (mac?.error === undefined) {
      assert.equal(
        toHex(saltedHmac(options.salt ?? "", value, options.key, options.algorithm as HashAlgorithm)),
        ok(mac),
      );
    }
  },
});

compareFormats("a Signer believes what Django believes, of what either has written", {
  generate: (random) => {
    const { options, value } = signedCase(random);
    const safe = {
      ...options,
      sep: random.pick(SEPARATORS),
      algorithm: random.pick(["sha1", "sha256", "sha512"]),
    };
    const signed = new Signer(safe).sign(value.toWellFormed());
    const fallback = random.oneIn(2);
    return {
      options: {
        ...safe,
        key: fallback ? "a newer key" : safe.key,
        fallbackKeys: fallback ? ["other", safe.key] : [],
      },
      signed: random.oneIn(2) ? signed : tampered(random, signed, `${safe.sep}aB0-_é`),
    };
  },
  ask: ({ options: { fallbackKeys, ...options }, signed }) => [
    { op: "signer.unsign", args: { signed_value: signed, fallback_keys: fallbackKeys, ...options } },
  ],
  check({ options, signed }, [value]) {
    agree(value, () => new Signer(options).unsign(signed));
  },
});

compareFormats("a TimestampSigner writes what Django writes", {
  generate: signedCase,
  ask: ({ options, value, now }) => [{ op: "timestamp_signer.sign", args: { value, ...options }, now }],
  check({ options, value, now }, [signed]) {
    agree(signed, () => new TimestampSigner({ ...options, clock: { now: () => now * 1000 } }).sign(value));
  },
});

compareFormats("a TimestampSigner believes what Django believes, and as long", {
  generate(random) {
    const case_ = signedCase(random);
    const options = { ...case_.options, sep: random.pick(SEPARATORS), algorithm: undefined };
    const clock = { now: () => case_.now * 1000 };
    const signed = new TimestampSigner({ ...options, clock }).sign(case_.value.toWellFormed());
    return { ...case_, options, signed: random.oneIn(3) ? tampered(random, signed) : signed };
  },
  ask: ({ options, signed, maxAge, later }) => [
    {
      op: "timestamp_signer.unsign",
      args: { signed_value: signed, max_age: maxAge, ...options },
      now: later,
    },
  ],
  check({ options, signed, maxAge, later }, [value]) {
    const signer = new TimestampSigner({ ...options, clock: { now: () => later * 1000 } });
    agree(value, () => signer.unsign(signed, { maxAge }));
  },
});

compareFormats("what Django's signing.dumps wrote is read to the byte and to the bit", {
  generate: (random) => ({ ...signedCase(random), json: jsonText(random), compress: random.oneIn(2) }),
  ask: ({ options: { key, salt }, json, compress, now }) => [
    { op: "signing.dumps", args: { json, key, compress, ...(salt ? { salt } : {}) }, now },
    { op: "json.normalize", args: { json } },
    { op: "json.describe", args: { json } },
  ],
  check({ options: { key, salt }, compress, now, later, maxAge }, [signed, normal, description]) {
    const written = ok(signed);
    assert.equal(loadsText(written, { key, salt }), ok(normal));
    assert.deepEqual(describeValue(loads(written, { key, salt })), ok(description));
    const clock = { now: () => now * 1000 };
    const again = dumpsText(ok(normal), { key, salt, compress, clock });
    if (!written.startsWith(".") && !again.startsWith(".")) assert.equal(again, written);
    const isOld = maxAge !== undefined && later - Math.trunc(now) > maxAge;
    const read = (): unknown => loads(written, { key, salt, maxAge, clock: { now: () => later * 1000 } });
    if (isOld) assert.throws(read, SignatureExpired);
    else read();
  },
});

compareFormats("what was dumped here is read by Django to the byte and to the bit, as long as here", {
  generate: (random) => ({ ...signedCase(random), data: jsonValue(random), compress: random.oneIn(2) }),
  ask({ options: { key, salt }, data, compress, now, later, maxAge }) {
    const signed = dumps(data, { key, salt, compress, clock: { now: () => now * 1000 } });
    const args = { signed, ...(salt ? { salt } : {}) };
    return [
      { op: "signing.loads", args: { ...args, key: "a newer key", fallback_keys: [key] } },
      { op: "signing.loads", args: { ...args, key, max_age: maxAge }, now: later },
      { op: "json.describe", args: { json: stringifyPythonJson(data) } },
    ];
  },
  check({ data, now, later, maxAge }, [read, readInTime, description]) {
    assert.equal(stringifyPythonJson(data), ok(read));
    assert.deepEqual(describeValue(data), ok(description));
    assert.deepEqual(describeValue(parsePythonJson(ok(read))), ok(description));
    const isOld = maxAge !== undefined && later - Math.trunc(now) > maxAge;
    assert.equal(readInTime?.error?.type, isOld ? "SignatureExpired" : undefined);
  },
});

/** The Django exceptions that correspond to djauth's error. */
function exceptionsOf(error: unknown): string[] {
  if (error instanceof SignatureExpired) return ["SignatureExpired"];
  if (!(error instanceof DjauthError)) return ["ValueError", "UnicodeEncodeError"];
  // A plain signature where a timestamped one is expected crashes Django; djauth refuses it as a bad signature.
  return error.code === "bad_signature"
    ? ["BadSignature", "ValueError", "UnicodeEncodeError"]
    : ["InvalidAlgorithm"];
}

/** Compares a result or an error with Django's. */
function agree(answer: Answer | undefined, work: () => string): void {
  let result: string;
  try {
    result = work();
  } catch (error) {
    if (answer?.error === undefined) throw error;
    const { type } = answer.error;
    assert.ok(exceptionsOf(error).includes(type), `${type} at Django's, here ${error}`);
    return;
  }
  assert.equal(result, ok(answer));
}
