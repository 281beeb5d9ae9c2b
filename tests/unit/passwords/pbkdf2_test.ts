/** The PBKDF2 hashers: their output, the hashes they accept, and when a hash is outdated. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { createPbkdf2, MAX_ITERATIONS } from "../../../src/passwords/pbkdf2.ts";

const sha256 = createPbkdf2({
  algorithm: "pbkdf2_sha256",
  digest: "SHA-256",
  iterations: 50,
  saltEntropy: 128,
  randomBytes: SYSTEM_RANDOM,
});
const bytes = (text: string) => new TextEncoder().encode(text);
const SALT = "abcdefghijklmnopqrstuv";

test("decode returns parts with Django's names", () => {
  assert.deepEqual(sha256.decode(`pbkdf2_sha256$50$${SALT}$hash`), {
    algorithm: "pbkdf2_sha256",
    hash: "hash",
    iterations: 50,
    salt: SALT,
  });
});

test("a malformed hash has no parts and matches nothing", async () => {
  const bad = [
    "",
    "pbkdf2_sha256",
    "pbkdf2_sha256$50",
    `pbkdf2_sha256$50$${SALT}`,
    `pbkdf2_sha1$50$${SALT}$hash`,
    `pbkdf2_sha256$0$${SALT}$hash`,
    `pbkdf2_sha256$050$${SALT}$hash`,
    `pbkdf2_sha256$ 50$${SALT}$hash`,
    `pbkdf2_sha256$-50$${SALT}$hash`,
    `pbkdf2_sha256$5e1$${SALT}$hash`,
    `pbkdf2_sha256$٥٠$${SALT}$hash`,
    "pbkdf2_sha256$50$$hash",
    `pbkdf2_sha256$${MAX_ITERATIONS + 1}$${SALT}$hash`,
    `pbkdf2_sha256$99999999999999999999$${SALT}$hash`,
  ];
  for (const encoded of bad) {
    assert.equal(sha256.decode(encoded), null, encoded);
    assert.equal(await sha256.verify(bytes("x"), encoded), false, encoded);
    assert.equal(sha256.isWeaker(encoded), false, encoded);
    await sha256.hardenRuntime(bytes("x"), encoded);
  }
});

test("a hash that was shortened, extended or upper-cased does not verify", async () => {
  const encoded = await sha256.encode(bytes("x"), SALT);
  assert.equal(await sha256.verify(bytes("x"), encoded), true);
  for (
    const other of [encoded.slice(0, -1), encoded + "=", encoded + "$", encoded + "\n", encoded.toUpperCase()]
  ) {
    assert.equal(await sha256.verify(bytes("x"), other), false, other);
  }
});

test("a hash is outdated with less work or a shorter salt than configured, not with more work", async () => {
  const hash = (iterations: number, salt = SALT) => `pbkdf2_sha256$${iterations}$${salt}$hash`;
  const cases: [string, boolean][] = [
    [hash(50), false],
    [hash(49), true],
    [hash(51), false],
    [hash(50, "a".repeat(21)), true],
    [hash(50, "😀".repeat(21)), true],
    [hash(51, "short"), true],
  ];
  for (const [encoded, isWeaker] of cases) assert.equal(sha256.isWeaker(encoded), isWeaker, encoded);
  await sha256.hardenRuntime(bytes("x"), hash(51));
});

test("a salt has the configured entropy", () => {
  assert.match(sha256.salt(), /^[A-Za-z0-9]{22}$/);
  assert.notEqual(sha256.salt(), sha256.salt());
  const weak = createPbkdf2({
    algorithm: "pbkdf2_sha256",
    digest: "SHA-256",
    iterations: 1,
    saltEntropy: 60,
    randomBytes: SYSTEM_RANDOM,
  });
  assert.equal(weak.salt().length, 11);
});

test("a salt that is empty or contains the delimiter is refused", async () => {
  for (const salt of ["", "sea$salt", "$"]) await assert.rejects(sha256.encode(bytes("x"), salt), RangeError);
});

test("a very long password costs no more than a short one, and every byte of it matters", async () => {
  const slow = createPbkdf2({
    algorithm: "pbkdf2_sha256",
    digest: "SHA-256",
    iterations: 20_000,
    saltEntropy: 128,
    randomBytes: SYSTEM_RANDOM,
  });
  const long = bytes("x".repeat(1_000_000));
  const started = performance.now();
  const encoded = await slow.encode(long, SALT);
  // Hashing the key in every round, as Django's first PBKDF2 did, would take over a minute.
  assert.ok(performance.now() - started < 4000);
  assert.equal(await slow.verify(long.subarray(1), encoded), false);
});

/** Whether a million rounds were run: no machine is that fast, and doing nothing takes far less. */
async function isHardWork(work: () => Promise<void>): Promise<boolean> {
  const started = performance.now();
  await work();
  return performance.now() - started > 20;
}

/** On a busy machine a single attempt may be slow, but not each of them. */
async function isNoWork(work: () => Promise<void>): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt++) if (!await isHardWork(work)) return true;
  return false;
}

test("the work that an old hash lacks is done on a refusal", async () => {
  const million = createPbkdf2({
    algorithm: "pbkdf2_sha256",
    digest: "SHA-256",
    iterations: 1_000_000,
    saltEntropy: 128,
    randomBytes: SYSTEM_RANDOM,
  });
  for (const encoded of [`pbkdf2_sha256$1$${SALT}$hash`, null]) {
    assert.ok(await isHardWork(() => million.hardenRuntime(bytes("x"), encoded)), String(encoded));
  }
});

test("a refusal costs as much as the heaviest hash verified so far", async () => {
  const light = createPbkdf2({
    algorithm: "pbkdf2_sha256",
    digest: "SHA-256",
    iterations: 1,
    saltEntropy: 128,
    randomBytes: SYSTEM_RANDOM,
  });
  const refusals = [null, `pbkdf2_sha256$1$${SALT}$hash`];
  for (const encoded of refusals) {
    assert.ok(await isNoWork(() => light.hardenRuntime(bytes("x"), encoded)), String(encoded));
  }
  await light.verify(bytes("x"), `pbkdf2_sha256$1000000$${SALT}$hash`);
  for (const encoded of refusals) {
    assert.ok(await isHardWork(() => light.hardenRuntime(bytes("x"), encoded)), String(encoded));
  }
  assert.ok(await isNoWork(() => light.hardenRuntime(bytes("x"), `pbkdf2_sha256$1000000$${SALT}$hash`)));
});
