/** The cost of a refused password: the same for an unknown user, so that response times reveal no usernames. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import type { Hasher } from "../../../src/passwords/hasher.ts";
import { createHasher } from "../../../src/passwords/hashers.ts";
import { createPasswords, type Passwords, passwordsOf } from "../../../src/passwords/passwords.ts";

const ENVIRONMENT = { django: "5.2", randomBytes: SYSTEM_RANDOM } as const;
const WRONG = { isCorrect: false, mustUpdate: false };

test("every refusal costs as many rounds as a wrong password", async () => {
  const rounds = { done: 0 };
  const counted = countingPasswords(100, rounds);
  const stored = await countingPasswords(30, { done: 0 }).makePassword("x");
  const current = await countingPasswords(100, { done: 0 }).makePassword("x");
  const cases: [string, string | null, string | null][] = [
    ["a wrong password", "y", current],
    ["a wrong password for a hash with less work", "y", stored],
    ["an unknown user", "y", null],
    ["an unusable password", "y", "!abc"],
    ["gibberish", "y", "pbkdf2_sha256$gibberish"],
    ["a hasher that is not installed", "y", "argon2$argon2id$x"],
    ["no password", null, current],
    ["a password that is no text", "\udc00", current],
    ["a hash that would stop the server", "y", "pbkdf2_sha256$999999999$salt$x"],
  ];
  for (const [title, password, encoded] of cases) {
    rounds.done = 0;
    assert.deepEqual(await counted.verifyPassword(password, encoded), WRONG, title);
    assert.equal(rounds.done, 100, title);
  }
  rounds.done = 0;
  await counted.hardenRuntime();
  assert.equal(rounds.done, 100);
});

test("a wrong password for a hash of another algorithm costs the same number of rounds", async () => {
  const rounds = { done: 0 };
  const other = createPasswords({ hashers: [{ algorithm: "pbkdf2_sha1", iterations: 2 }] });
  const encoded = await other.makePassword("x");
  const counted = countingPasswords(100, rounds, [
    createHasher({ algorithm: "pbkdf2_sha1", iterations: 2 }, ENVIRONMENT),
  ]);
  assert.deepEqual(await counted.verifyPassword("y", encoded), WRONG);
  assert.equal(rounds.done, 98, "beside the two of the hash itself");
  assert.equal((await counted.verifyPassword("x", encoded)).isCorrect, true);
  assert.equal(rounds.done, 98, "who knows the password does not wait");
  const heavy = await createPasswords({ hashers: [{ algorithm: "pbkdf2_sha1", iterations: 100 }] })
    .makePassword("x");
  assert.deepEqual(await counted.verifyPassword("y", heavy), WRONG);
  assert.equal(rounds.done, 98, "a hash with as many rounds lacks none");
});

test("a very long password takes the same time for unknown users", async () => {
  const work = { done: 0, bytes: 0 };
  const counted = countingPasswords(10, work);
  const encoded = await counted.makePassword("x");
  const long = "y".repeat(100_000);
  for (const stored of [encoded, null, "!abc"]) {
    work.bytes = 0;
    assert.deepEqual(await counted.verifyPassword(long, stored), WRONG);
    assert.equal(work.bytes, 100_000);
  }
  work.bytes = 0;
  await counted.hardenRuntime(long);
  assert.equal(work.bytes, 100_000);
});

/** Passwords whose hasher counts the rounds of all its methods. */
function countingPasswords(
  iterations: number,
  rounds: { done: number; bytes?: number },
  others: readonly Hasher[] = [],
): Passwords {
  const hasher = createHasher({ algorithm: "pbkdf2_sha256", iterations }, ENVIRONMENT);
  const counting: Hasher = {
    ...hasher,
    encode(password, salt) {
      rounds.done += iterations;
      rounds.bytes = (rounds.bytes ?? 0) + password.length;
      return hasher.encode(password, salt);
    },
    verify(password, encoded) {
      rounds.done += Number(hasher.decode(encoded)!["iterations"]);
      rounds.bytes = (rounds.bytes ?? 0) + password.length;
      return hasher.verify(password, encoded);
    },
    hardenRuntime(password, encoded) {
      const done = encoded === null ? 0 : Number(encoded.split("$")[1]);
      rounds.done += Math.max(0, iterations - done);
      if (encoded === null) rounds.bytes = (rounds.bytes ?? 0) + password.length;
      return hasher.hardenRuntime(password, encoded);
    },
  };
  return passwordsOf({
    hashers: [counting, ...others],
    replacesAlgorithms: true,
    concurrency: 4,
    randomBytes: SYSTEM_RANDOM,
  });
}
