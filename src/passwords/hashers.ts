/**
 * The algorithms of password hashes in one table, and the work factors of each Django release. A new algorithm is one
 * more entry; nothing else refers to an algorithm by its name.
 */

import { ImproperlyConfigured } from "../errors.ts";
import { requireCount, requireKnown, requireOneOf } from "../internal/option_checks.ts";
import type { DjangoVersion, RandomBytes } from "../types.ts";
import { type Hasher, SALT_ENTROPY_BITS } from "./hasher.ts";
import { createPbkdf2, MAX_ITERATIONS, type Pbkdf2Digest } from "./pbkdf2.ts";

/** A hasher with custom work factors; those not given are the ones of the configured Django release. */
export interface Pbkdf2Options {
  /** Django's name for the algorithm. */
  algorithm: "pbkdf2_sha256" | "pbkdf2_sha1";
  /** The iterations of a new hash, at most 100 million. */
  iterations?: number;
  /** The randomness of a new salt in bits; 128 if not given. */
  saltEntropy?: number;
}

const PBKDF2_OPTIONS: readonly (keyof Pbkdf2Options)[] = ["iterations", "saltEntropy"];
const MAX_SALT_ENTROPY_BITS = 1024;

/** One entry of `PASSWORD_HASHERS`: the name of an algorithm, or a name with work factors. */
export type HasherOptions = Pbkdf2Options | Pbkdf2Options["algorithm"];

/** The defaults that differ between Django releases. */
interface WorkFactors {
  readonly pbkdf2Iterations: number;
}

/** From `django/contrib/auth/hashers.py` of each release. */
const WORK_FACTORS: Readonly<Record<DjangoVersion, WorkFactors>> = {
  "4.2": { pbkdf2Iterations: 600_000 },
  "5.0": { pbkdf2Iterations: 720_000 },
  "5.1": { pbkdf2Iterations: 870_000 },
  "5.2": { pbkdf2Iterations: 1_000_000 },
  "6.0": { pbkdf2Iterations: 1_200_000 },
  "6.1": { pbkdf2Iterations: 1_500_000 },
};

type CreateHasher = (
  given: Record<string, unknown>,
  factors: WorkFactors,
  randomBytes: RandomBytes,
) => Hasher;

/** The algorithms, in the order of Django's default `PASSWORD_HASHERS`. */
const HASHERS: ReadonlyMap<string, CreateHasher> = new Map([
  ["pbkdf2_sha256", pbkdf2("pbkdf2_sha256", "SHA-256")],
  ["pbkdf2_sha1", pbkdf2("pbkdf2_sha1", "SHA-1")],
]);

/** The names of the algorithms by the classes in Django's `PASSWORD_HASHERS`. */
const DJANGO_CLASSES: ReadonlyMap<string, string> = new Map([
  ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "pbkdf2_sha256"],
  ["django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher", "pbkdf2_sha1"],
]);

/** Django's other algorithms, of all releases: their hashes cannot be verified here. */
export const OTHER_ALGORITHMS: ReadonlySet<string> = new Set([
  ...["argon2", "bcrypt", "bcrypt_sha256", "scrypt", "md5", "sha1"],
  ...["unsalted_md5", "unsalted_sha1", "crypt"],
]);

/** The names of the supported algorithms, the preferred one first. */
export const HASHER_NAMES: readonly string[] = [...HASHERS.keys()];

/**
 * Creates a hasher from its entry in the table.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an unknown algorithm, release or work factor
 */
export function createHasher(
  options: HasherOptions,
  environment: { django: DjangoVersion; randomBytes: RandomBytes },
): Hasher {
  const { algorithm, ...given }: Record<string, unknown> = typeof options === "string"
    ? { algorithm: options }
    : { ...options };
  const create = HASHERS.get(String(algorithm));
  if (create === undefined) {
    const named = DJANGO_CLASSES.get(String(algorithm));
    throw new ImproperlyConfigured(
      `passwords.hashers contains "${String(algorithm)}", expected ${
        named === undefined ? `one of ${HASHER_NAMES.join(", ")}` : `the name of its algorithm, "${named}"`
      }`,
    );
  }
  requireOneOf("django", environment.django, Object.keys(WORK_FACTORS));
  return create(given, WORK_FACTORS[environment.django], environment.randomBytes);
}

function pbkdf2(algorithm: string, digest: Pbkdf2Digest): CreateHasher {
  return (given, { pbkdf2Iterations }, randomBytes) => {
    const option = `passwords.hashers.${algorithm}.`;
    // A misspelt work factor would silently be the default.
    requireKnown(option, given, PBKDF2_OPTIONS);
    requireCount(`${option}iterations`, given.iterations, 1, MAX_ITERATIONS);
    requireCount(`${option}saltEntropy`, given.saltEntropy, 1, MAX_SALT_ENTROPY_BITS);
    const { iterations = pbkdf2Iterations, saltEntropy = SALT_ENTROPY_BITS } = given as Partial<
      Pbkdf2Options
    >;
    return createPbkdf2({ algorithm, digest, iterations, saltEntropy, randomBytes });
  };
}

/** Returns the algorithm that a hash names. Mirrors `identify_hasher`, with the unsalted formats of ancient Django. */
export function algorithmOf(encoded: string): string {
  if (encoded.length === 32 && !encoded.includes("$")) return "unsalted_md5";
  if (encoded.length === 37 && encoded.startsWith("md5$$")) return "unsalted_md5";
  if (encoded.length === 46 && encoded.startsWith("sha1$$")) return "unsalted_sha1";
  return encoded.split("$", 1)[0]!;
}

/**
 * Returns the algorithm if it is one of Django's and the rest looks like a hash: anything else may be a password that
 * was stored in plain text, of which nothing may be shown.
 */
export function djangoAlgorithmOf(encoded: string): string | null {
  const algorithm = algorithmOf(encoded);
  const isHash = /^[^$]+\$[^$]*\$|^[0-9a-f]{32}$/.test(encoded);
  return isHash && (OTHER_ALGORITHMS.has(algorithm) || HASHER_NAMES.includes(algorithm)) ? algorithm : null;
}
