/** Password hashes, the hashes in sessions, and CSRF tokens, in both directions. */

import assert from "node:assert/strict";
import { doesTokenMatch, maskSecret, tokenFormatFault, unmaskToken } from "../../src/origin/csrf_token.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { createSessionHash } from "../../src/users/session_hash.ts";
import { compareFormats, ok } from "./compare.ts";
import { tampered, text } from "./generate.ts";
import { COUNT, type Random } from "./random.ts";

const ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SALT_CHARS = ALPHANUMERIC + " !#%&/:,é中";
/** Low, so that thousands of hashes take only seconds. */
const MAX_ITERATIONS = 20;

function passwordCase(random: Random) {
  const password = text(random, true);
  return {
    password,
    wrong: random.oneIn(2) ? text(random, true, 3) : tampered(random, password, "aé\u0000").toWellFormed(),
    algorithm: random.pick(["pbkdf2_sha256", "pbkdf2_sha1"] as const),
    iterations: random.between(1, MAX_ITERATIONS),
    salt: random.letters(SALT_CHARS, 24, 1),
  };
}

function passwordsWith(algorithm: "pbkdf2_sha256" | "pbkdf2_sha1", iterations: number, random?: Random) {
  return createPasswords({ hashers: [{ algorithm, iterations }], randomBytes: random?.bytes });
}

compareFormats("a password that Django hashed is known here, and hashed to the same text", {
  generate: passwordCase,
  ask: ({ password, algorithm, iterations, salt }) => [
    { op: "password.make", args: { password, salt, hasher: algorithm, iterations } },
  ],
  async check({ password, algorithm, iterations, salt }, [encoded]) {
    const passwords = passwordsWith(algorithm, iterations);
    assert.equal((await passwords.verifyPassword(password, ok(encoded))).isCorrect, true);
    assert.equal(await passwords.makePassword(password, salt), ok(encoded));
  },
}, COUNT / 2);

compareFormats("a password that was hashed here is known to Django, and a wrong one is not", {
  async generate(random) {
    const case_ = passwordCase(random);
    const { password, algorithm, iterations } = case_;
    return { ...case_, encoded: await passwordsWith(algorithm, iterations, random).makePassword(password) };
  },
  ask: ({ password, wrong, encoded }) => [
    { op: "password.check", args: { password, encoded } },
    { op: "password.verify", args: { password: wrong, encoded } },
  ],
  async check({ wrong, algorithm, iterations, encoded }, [isCorrect, isWrongCorrect]) {
    assert.equal(ok<boolean>(isCorrect), true);
    // Rarely true: HMAC treats a short key and the same key with trailing zero bytes as equal, in Django as well.
    const check = await passwordsWith(algorithm, iterations).verifyPassword(wrong, encoded);
    assert.equal(check.isCorrect, ok<boolean>(isWrongCorrect));
  },
}, COUNT / 2);

compareFormats("a hash that was tampered with is believed here exactly where Django believes it", {
  async generate(random) {
    const { password, algorithm, iterations } = passwordCase(random);
    const encoded = await passwordsWith(algorithm, iterations, random).makePassword(password);
    return { password, encoded: tampered(random, encoded, "abZ019$+/=_ é") };
  },
  ask: ({ password, encoded }) => [{ op: "password.verify", args: { password, encoded } }],
  async check({ password, encoded }, [isCorrect]) {
    const passwords = createPasswords({
      hashers: [{ algorithm: "pbkdf2_sha256", iterations: 1 }, "pbkdf2_sha1"],
    });
    const check = await passwords.verifyPassword(password, encoded);
    // Django raises for a hash that it cannot parse.
    assert.equal(check.isCorrect, isCorrect?.error === undefined && ok<boolean>(isCorrect));
  },
}, COUNT / 4);

compareFormats("the hash in a session is Django's, under the current key and an older one", {
  generate: (random) => ({
    encoded: text(random, true),
    key: random.oneIn(2) ? text(random, true) || "key" : "key",
  }),
  ask: (
    { encoded, key },
  ) => [{ op: "password.session_hash", args: { encoded }, settings: { SECRET_KEY: key } }],
  check({ encoded, key }, [hash]) {
    const current = createSessionHash({ keys: { current: key, fallbacks: [] } });
    assert.equal(current.make(encoded), ok(hash));
    assert.equal(current.verify(encoded, ok(hash)), "current");
    assert.equal(current.verify(`${encoded}x`, ok(hash)), "invalid");
    const rotated = createSessionHash({ keys: { current: "a newer key", fallbacks: ["another", key] } });
    assert.equal(rotated.verify(encoded, ok(hash)), "fallback");
  },
});

compareFormats("a CSRF token that Django masked is unmasked here, and one that was masked here by Django", {
  generate: (cases) => {
    const secret = cases.letters(ALPHANUMERIC, 32, 32);
    return { secret, masked: maskSecret(secret, cases.bytes) };
  },
  ask: ({ secret, masked }) => [
    { op: "csrf.mask", args: { secret } },
    { op: "csrf.does_token_match", args: { token: masked, secret } },
    { op: "csrf.does_token_match", args: { token: masked, secret: "x".repeat(32) } },
  ],
  check({ secret }, [masked, matches, matchesOther]) {
    assert.equal(unmaskToken(ok(masked)), secret);
    assert.ok(doesTokenMatch(ok(masked), secret));
    assert.ok(ok<boolean>(matches));
    assert.equal(ok<boolean>(matchesOther), false);
  },
});

compareFormats(
  "a CSRF token is well formed here exactly where it is at Django's, and matches the same secrets",
  {
    generate(cases) {
      const secret = cases.letters(ALPHANUMERIC, 32, 32);
      const token = maskSecret(secret, cases.bytes);
      const characters = `${ALPHANUMERIC}-_é😀 \n`;
      const sent = cases.pick([
        () => token,
        () => secret,
        () => token.slice(32) + token.slice(0, 32),
        () => tampered(cases, token, characters),
        () => token.slice(0, cases.below(65)),
        () => cases.letters(characters, 66),
        () => cases.letters(ALPHANUMERIC, 64, 64),
      ])();
      return { secret, sent };
    },
    ask: ({ secret, sent }) => [
      { op: "csrf.check_format", args: { token: sent } },
      { op: "csrf.does_token_match", args: { token: sent, secret } },
    ],
    check({ secret, sent }, [reason, matches]) {
      assert.equal(tokenFormatFault(sent), ok<string | null>(reason));
      const expected = ok(reason) === null && ok<boolean>(matches);
      assert.equal(doesTokenMatch(sent, secret), expected);
    },
  },
);
