/** The results of `makePassword` and `verifyPassword`, and their concurrency. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DjauthError, ImproperlyConfigured } from "../../../src/errors.ts";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import type { Hasher } from "../../../src/passwords/hasher.ts";
import { createHasher, type HasherOptions } from "../../../src/passwords/hashers.ts";
import { createPasswords, passwordsOf } from "../../../src/passwords/passwords.ts";

const ENVIRONMENT = { django: "5.2", randomBytes: SYSTEM_RANDOM } as const;
const CHEAP: HasherOptions = { algorithm: "pbkdf2_sha256", iterations: 10 };
const CHEAP_SHA1: HasherOptions = { algorithm: "pbkdf2_sha1", iterations: 10 };
const passwords = createPasswords({ hashers: [CHEAP, CHEAP_SHA1] });
const WRONG = { isCorrect: false, mustUpdate: false };
const RIGHT = { isCorrect: true, mustUpdate: false };

test("a made password verifies, and another one does not", async () => {
  const encoded = await passwords.makePassword("lètmein");
  assert.match(encoded, /^pbkdf2_sha256\$10\$[A-Za-z0-9]{22}\$[A-Za-z0-9+/]{43}=$/);
  assert.deepEqual(await passwords.verifyPassword("lètmein", encoded), RIGHT);
  assert.deepEqual(await passwords.verifyPassword("lètmeinz", encoded), WRONG);
});

test("checkPassword returns only whether a password is correct", async () => {
  const encoded = await passwords.makePassword("lètmein");
  assert.equal(await passwords.checkPassword("lètmein", encoded), true);
  assert.equal(await passwords.checkPassword("lètmeinz", encoded), false);
  assert.equal(await passwords.checkPassword("lètmein", null), false);
});

test("the hash equals Django's for the same salt", async () => {
  const encoded = await createPasswords({ hashers: [{ algorithm: "pbkdf2_sha256", iterations: 1 }] })
    .makePassword("lètmein", "seasalt");
  assert.equal(encoded, "pbkdf2_sha256$1$seasalt$mJQ8D8xVBAKQGCo0t0n+NSPS2a0gQhVtjuC9LdL9WiM=");
});

test("an empty password is valid", async () => {
  const encoded = await passwords.makePassword("");
  assert.deepEqual(await passwords.verifyPassword("", encoded), RIGHT);
  assert.deepEqual(await passwords.verifyPassword(" ", encoded), WRONG);
});

test("bytes are treated as the UTF-8 of a password", async () => {
  const encoded = await passwords.makePassword(new TextEncoder().encode("lètmein"));
  assert.deepEqual(await passwords.verifyPassword("lètmein", encoded), RIGHT);
});

test("an unusable password differs each time and matches nothing", async () => {
  const encoded = await passwords.makePassword(null);
  assert.match(encoded, /^![A-Za-z0-9]{40}$/);
  assert.notEqual(encoded, await passwords.makePassword(null));
  assert.equal(passwords.isPasswordUsable(encoded), false);
  assert.equal(passwords.identifyHasher(encoded), null);
  for (const tried of [null, "", "!", encoded]) {
    assert.deepEqual(await passwords.verifyPassword(tried, encoded), WRONG);
  }
});

test("text that is not a hash counts as usable, as in Django, and matches nothing", async () => {
  for (
    const encoded of ["", "lètmein", "pbkdf2_sha256", "pbkdf2_sha256$10$salt", "argon2$x", "a".repeat(32)]
  ) {
    assert.equal(passwords.isPasswordUsable(encoded), true);
    assert.deepEqual(await passwords.verifyPassword("", encoded), WRONG);
    assert.deepEqual(await passwords.verifyPassword(encoded, encoded), WRONG);
  }
  assert.equal(passwords.isPasswordUsable(null), true);
});

test("a lone surrogate is refused, since different passwords would have the same hash", async () => {
  await assert.rejects(passwords.makePassword("x\ud800"), RangeError);
  const replaced = await passwords.makePassword("x\ufffd");
  assert.deepEqual(await passwords.verifyPassword("x\ud800", replaced), WRONG);
  assert.deepEqual(await passwords.verifyPassword("x\ufffd", replaced), RIGHT);
});

test("a value that is neither text nor bytes cannot be hashed, and never verifies", async () => {
  const encoded = await passwords.makePassword("42");
  for (const value of [42, true, {}, ["42"], undefined]) {
    await assert.rejects(passwords.makePassword(value as never), TypeError);
    assert.deepEqual(await passwords.verifyPassword(value as never, encoded), WRONG);
  }
});

test("a salt with the delimiter $ is refused", async () => {
  await assert.rejects(passwords.makePassword("x", "a$b"), RangeError);
  assert.match(await passwords.makePassword("x", ""), /^pbkdf2_sha256\$10\$[A-Za-z0-9]{22}\$/);
});

test("an algorithm can be selected, and an unknown one is an error", async () => {
  const encoded = await passwords.makePassword("x", undefined, "pbkdf2_sha1");
  assert.equal(passwords.identifyHasher(encoded), "pbkdf2_sha1");
  const isUnknown = (error: unknown) => error instanceof DjauthError && error.code === "unknown_algorithm";
  await assert.rejects(passwords.makePassword("x", undefined, "lolcat"), isUnknown);
  await assert.rejects(passwords.verifyPassword("x", encoded, "lolcat"), isUnknown);
});

test("a hash is updated only to more work", async () => {
  const withIterations = (iterations: number) =>
    createPasswords({ hashers: [{ algorithm: "pbkdf2_sha256", iterations }] });
  const encoded = await withIterations(20).makePassword("x");
  assert.deepEqual(await withIterations(21).verifyPassword("x", encoded), {
    isCorrect: true,
    mustUpdate: true,
  });
  assert.deepEqual(await withIterations(20).verifyPassword("x", encoded), RIGHT);
  assert.deepEqual(await withIterations(19).verifyPassword("x", encoded), RIGHT);
  assert.deepEqual(await withIterations(21).verifyPassword("y", encoded), WRONG);
  const shortSalt = await withIterations(20).makePassword("x", "short");
  assert.deepEqual(await withIterations(20).verifyPassword("x", shortSalt), {
    isCorrect: true,
    mustUpdate: true,
  });
});

test("another algorithm is replaced only if hashers were configured", async () => {
  const encoded = await passwords.makePassword("x", undefined, "pbkdf2_sha1");
  assert.deepEqual(await passwords.verifyPassword("x", encoded), { isCorrect: true, mustUpdate: true });
  assert.deepEqual(await passwords.verifyPassword("x", encoded, "pbkdf2_sha1"), RIGHT);
  assert.deepEqual(await createPasswords().verifyPassword("x", encoded), RIGHT);
});

test("a hash of an algorithm that is not configured never verifies", async () => {
  const encoded = await passwords.makePassword("x", undefined, "pbkdf2_sha1");
  assert.deepEqual(await createPasswords({ hashers: [CHEAP] }).verifyPassword("x", encoded), WRONG);
});

test("concurrent hashing is limited", async () => {
  let running = 0;
  let most = 0;
  const slow: Hasher = {
    ...createHasher(CHEAP, ENVIRONMENT),
    async encode() {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return "encoded";
    },
  };
  const limited = passwordsOf({
    hashers: [slow],
    replacesAlgorithms: false,
    concurrency: 2,
    randomBytes: SYSTEM_RANDOM,
  });
  await Promise.all(Array.from({ length: 9 }, () => limited.makePassword("x")));
  assert.equal(most, 2);
});

test("with a full queue, everything that needs hashing is refused without any work", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => open = resolve);
  let work = 0;
  let busy = 0;
  const slow: Hasher = {
    ...createHasher(CHEAP, ENVIRONMENT),
    async encode() {
      work += 1;
      await gate;
      return "encoded";
    },
  };
  const parts = { hashers: [slow], replacesAlgorithms: false, randomBytes: SYSTEM_RANDOM };
  const limited = passwordsOf({ ...parts, concurrency: 1, maxWaiting: 2, onBusy: () => void busy++ });
  const waiting = [1, 2, 3].map(() => limited.makePassword("x"));
  const refusal = {
    ...{ name: "DjauthError", code: "server_busy", status: 503 },
    message: "Too many passwords are waiting to be hashed",
  };
  await assert.rejects(limited.makePassword("x"), refusal);
  await assert.rejects(limited.verifyPassword("x", await passwords.makePassword("x")), refusal);
  await assert.rejects(limited.verifyPassword("x", null), refusal);
  await assert.rejects(limited.hardenRuntime(), refusal);
  assert.match(await limited.makePassword(null), /^!/);
  assert.deepEqual([work, busy], [1, 4]);
  open();
  await Promise.all(waiting);
  assert.deepEqual([await limited.makePassword("x"), work], ["encoded", 4]);
});

test("by default 32 passwords may wait per concurrent one", async () => {
  const plain = createPasswords({ hashers: [CHEAP], concurrency: 2 });
  const outcomes = await Promise.allSettled(Array.from({ length: 70 }, () => plain.makePassword("x")));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 2 + 64);
});

test("invalid options are refused at once, with their names", () => {
  const bad: [object, RegExp][] = [
    [{ hashers: [] }, /^passwords\.hashers/],
    [{ hashers: "pbkdf2_sha256" }, /^passwords\.hashers/],
    [
      { hashers: ["lolcat"] },
      /^passwords\.hashers contains "lolcat", expected one of pbkdf2_sha256, pbkdf2_sha1$/,
    ],
    [{ hashers: [null] }, /^passwords\.hashers contains "undefined"/],
    [
      { hashers: [{ algorithm: "pbkdf2_sha256", iterations: 0 }] },
      /^passwords\.hashers\.pbkdf2_sha256\.iterations is 0, expected an integer from 1 to 100000000$/,
    ],
    [{ hashers: [{ algorithm: "pbkdf2_sha256", rounds: 12 }] }, /pbkdf2_sha256\.rounds is not an option/],
    [{ hashers: [CHEAP, CHEAP] }, /^passwords\.hashers contains "pbkdf2_sha256" twice/],
    [{ django: "1.4" }, /^django is "1\.4", expected one of "4\.2"/],
    [{ django: "toString" }, /^django is "toString"/],
    [{ concurrency: 0 }, /^passwords\.concurrency is 0, /],
    ...[-1, 1.5, NaN, "8", null].map((maxWaiting): [object, RegExp] => [
      { maxWaiting },
      /^passwords\.maxWaiting is (-1|1\.5|NaN|"8"|null), expected an integer of 0 or more, or Infinity$/,
    ]),
  ];
  for (const [options, message] of bad) {
    const isRefusal = (error: unknown) =>
      error instanceof ImproperlyConfigured && message.test(error.message);
    assert.throws(() => createPasswords(options), isRefusal, JSON.stringify(options));
  }
});

test("property: checking never throws, whatever is stored or sent", async () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.string().map((tail) => "pbkdf2_sha256$" + tail));
  await fc.assert(
    fc.asyncProperty(fc.anything(), text, async (password, encoded) => {
      assert.deepEqual(await passwords.verifyPassword(password as never, encoded), WRONG);
    }),
    { numRuns: 200 },
  );
});

test("property: every well-formed password verifies against its hash", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), async (password) => {
      const encoded = await passwords.makePassword(password);
      assert.deepEqual(await passwords.verifyPassword(password, encoded), RIGHT);
    }),
    { numRuns: 50 },
  );
});
