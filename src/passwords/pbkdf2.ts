/** PBKDF2, Django's default. Web Crypto does the work on a thread of its own, so that requests go on meanwhile. */

import { constantTimeEqual, utf8 } from "../internal/bytes.ts";
import type { RandomBytes } from "../types.ts";
import { type DecodedPassword, type Hasher, isSaltShort, newSalt, requireSalt } from "./hasher.ts";

/** The two digests that Django uses with PBKDF2. */
export type Pbkdf2Digest = "SHA-256" | "SHA-1";

/** What {@link createPbkdf2} is told. */
export interface Pbkdf2Parameters {
  /** The name before the first `$`. */
  readonly algorithm: string;
  /** The digest below HMAC; the hash is as long as its output. */
  readonly digest: Pbkdf2Digest;
  /** How many rounds a new hash gets. */
  readonly iterations: number;
  /** The bits of randomness in a new salt. */
  readonly saltEntropy: number;
  /** Where salts come from. */
  readonly randomBytes: RandomBytes;
}

/** Sixty times what Django 6.1 does. A row that asks for more would stop a server, and no Django wrote it. */
export const MAX_ITERATIONS = 100_000_000;

/** As far as refusals follow a stored hash: three times Django 6.1. One odd row must not make each of them take minutes. */
const MAX_HARDENING = 5_000_000;

const DIGEST_BITS: Record<Pbkdf2Digest, number> = { "SHA-256": 256, "SHA-1": 160 };
/** `int()` of Python reads more, but what does not print as it was read never verifies. */
const ENCODED = /^([^$]*)\$([1-9][0-9]{0,8})\$([^$]+)\$([^]*)$/;

/** Mirrors `PBKDF2PasswordHasher` and `PBKDF2SHA1PasswordHasher`. */
export function createPbkdf2(parameters: Pbkdf2Parameters): Hasher {
  const { algorithm, digest, iterations, saltEntropy, randomBytes } = parameters;
  /** What a refusal costs: where Django writes hashes with more rounds than configured here, as much as the most of them. */
  let heaviest = iterations;

  async function encodeWith(password: Uint8Array, salt: string, rounds: number): Promise<string> {
    requireSalt(salt);
    const hash = await deriveBits(password, utf8(salt), rounds, digest);
    return `${algorithm}$${rounds}$${salt}$${btoa(String.fromCharCode(...hash))}`;
  }

  function decode(encoded: string): Pbkdf2Decoded | null {
    const [, name, rounds, salt, hash] = ENCODED.exec(encoded) ?? [];
    if (name !== algorithm || Number(rounds) > MAX_ITERATIONS) return null;
    return { algorithm, hash: hash!, iterations: Number(rounds), salt: salt! };
  }

  return {
    algorithm,
    decode,
    salt: () => newSalt(saltEntropy, randomBytes),
    encode: (password, salt) => encodeWith(password, salt, iterations),
    isWeaker(encoded) {
      const decoded = decode(encoded);
      return decoded !== null && (decoded.iterations < iterations || isSaltShort(decoded.salt, saltEntropy));
    },
    async verify(password, encoded) {
      const decoded = decode(encoded);
      if (decoded === null) return false;
      heaviest = Math.max(heaviest, Math.min(decoded.iterations, MAX_HARDENING));
      return constantTimeEqual(encoded, await encodeWith(password, decoded.salt, decoded.iterations));
    },
    async hardenRuntime(password, encoded) {
      const decoded = encoded === null ? null : decode(encoded);
      if (encoded !== null && decoded === null) return;
      const missing = heaviest - (decoded?.iterations ?? 0);
      if (missing > 0) {
        await encodeWith(password, decoded?.salt ?? newSalt(saltEntropy, randomBytes), missing);
      }
    },
  };
}

interface Pbkdf2Decoded extends DecodedPassword {
  readonly salt: string;
  readonly iterations: number;
}

async function deriveBits(
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  hash: Pbkdf2Digest,
): Promise<Uint8Array> {
  // HMAC fills a short key with zeros, so one zero byte is the empty key, which some runtimes refuse to import.
  const secret = password.length === 0 ? new Uint8Array(1) : password.slice();
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash, salt: salt.slice(), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, DIGEST_BITS[hash]));
}
