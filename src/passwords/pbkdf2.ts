/** PBKDF2, Django's default. Web Crypto works on a thread of its own, so that requests are not blocked. */

import { constantTimeEqual, utf8 } from "../internal/bytes.ts";
import type { RandomBytes } from "../types.ts";
import { type DecodedPassword, type Hasher, isSaltShort, newSalt, requireSalt } from "./hasher.ts";

/** The two digests that Django uses with PBKDF2. */
export type Pbkdf2Digest = "SHA-256" | "SHA-1";

/** The parameters of {@link createPbkdf2}. */
export interface Pbkdf2Parameters {
  /** The name before the first `$`. */
  readonly algorithm: string;
  /** The digest inside HMAC; the hash is as long as its output. */
  readonly digest: Pbkdf2Digest;
  /** The iterations of a new hash. */
  readonly iterations: number;
  /** The randomness of a new salt in bits. */
  readonly saltEntropy: number;
  /** The source of salts. */
  readonly randomBytes: RandomBytes;
}

/**
 * Over sixty times the iterations of Django 6.1. A row with more would stall the server, and Django did not write it.
 */
export const MAX_ITERATIONS = 100_000_000;

/**
 * The most work that refusals copy from a stored hash: three times Django 6.1. One odd row must not make them take
 * minutes.
 */
const MAX_HARDENING_ITERATIONS = 5_000_000;

const DIGEST_BITS: Record<Pbkdf2Digest, number> = { "SHA-256": 256, "SHA-1": 160 };
/** Python's `int()` accepts more, but a number that is not printed as it was read never verifies. */
const ENCODED = /^([^$]*)\$([1-9][0-9]{0,8})\$([^$]+)\$([^]*)$/;

/** Creates a PBKDF2 hasher. Mirrors `PBKDF2PasswordHasher` and `PBKDF2SHA1PasswordHasher`. */
export function createPbkdf2(parameters: Pbkdf2Parameters): Hasher {
  const { algorithm, digest, iterations, saltEntropy, randomBytes } = parameters;
  /** The iterations of a refusal: the highest seen, in case Django writes hashes with more than configured here. */
  let heaviest = iterations;

  async function encodeWith(password: Uint8Array, salt: string, rounds: number): Promise<string> {
    requireSalt(salt);
    const hash = await deriveBits(password, utf8(salt), rounds, digest);
    return `${algorithm}$${rounds}$${salt}$${btoa(String.fromCharCode(...hash))}`;
  }

  function decode(encoded: string): Pbkdf2Decoded | null {
    const parsed = parse(encoded);
    return parsed?.algorithm === algorithm ? parsed : null;
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
      heaviest = Math.max(heaviest, Math.min(decoded.iterations, MAX_HARDENING_ITERATIONS));
      return constantTimeEqual(encoded, await encodeWith(password, decoded.salt, decoded.iterations));
    },
    async hardenRuntime(password, encoded) {
      // Rounds of the other digest count as well: they take about as long.
      const decoded = encoded === null ? null : parse(encoded);
      if (encoded !== null && decoded === null) return;
      const missing = heaviest - (decoded?.iterations ?? 0);
      if (missing > 0) {
        await encodeWith(password, decoded?.salt ?? newSalt(saltEntropy, randomBytes), missing);
      }
    },
  };
}

function parse(encoded: string): Pbkdf2Decoded | null {
  const [, algorithm, rounds, salt, hash] = ENCODED.exec(encoded) ?? [];
  if (rounds === undefined || Number(rounds) > MAX_ITERATIONS) return null;
  return { algorithm: algorithm!, hash: hash!, iterations: Number(rounds), salt: salt! };
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
  // HMAC pads a short key with zeros, so one zero byte equals the empty key, which some runtimes refuse to import.
  const secret = password.length === 0 ? new Uint8Array(1) : password.slice();
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash, salt: salt.slice(), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, DIGEST_BITS[hash]));
}
