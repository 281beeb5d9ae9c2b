/**
 * All that is known about the algorithms of password hashes, in one table, and the work factors of each release of
 * Django. A further algorithm is one more entry; nothing else asks for an algorithm by its name.
 */

import { ImproperlyConfigured } from "../errors.ts";
import { requireKnown } from "../internal/option_checks.ts";
import type { DjangoVersion, RandomBytes } from "../types.ts";
import { type Hasher, SALT_ENTROPY } from "./hasher.ts";
import { createPbkdf2, MAX_ITERATIONS, type Pbkdf2Digest } from "./pbkdf2.ts";

/** A hasher with the work factors of one's own. What is left out is as in the release of Django that is followed. */
export interface Pbkdf2Options {
  /** Django's name of the algorithm. */
  algorithm: "pbkdf2_sha256" | "pbkdf2_sha1";
  /** How many rounds a new hash gets, at most 100 million. */
  iterations?: number;
  /** The bits of randomness in a new salt; 128 if not given. */
  saltEntropy?: number;
}

const PBKDF2_OPTIONS: readonly (keyof Pbkdf2Options)[] = ["iterations", "saltEntropy"];

/** One entry of `PASSWORD_HASHERS`: the name of an algorithm, or a name with work factors. */
export type HasherOptions = Pbkdf2Options | Pbkdf2Options["algorithm"];

/** The defaults that differ between releases of Django. */
interface WorkFactors {
  readonly pbkdf2Iterations: number;
}

/** As in `django/contrib/auth/hashers.py` of each release. */
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

/** What `PASSWORD_HASHERS` has in the place of those names. */
const DJANGO_CLASSES: ReadonlyMap<string, string> = new Map([
  ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "pbkdf2_sha256"],
  ["django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher", "pbkdf2_sha1"],
]);

/** The names of the algorithms that can be used, the preferred one first. */
export const HASHER_NAMES: readonly string[] = [...HASHERS.keys()];

/**
 * Makes a hasher from its entry in the table.
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
      `passwords.hashers has "${String(algorithm)}", expected ${
        named === undefined ? `one of ${HASHER_NAMES.join(", ")}` : `the name of its algorithm, "${named}"`
      }`,
    );
  }
  if (!Object.hasOwn(WORK_FACTORS, environment.django)) {
    throw new ImproperlyConfigured(
      `django is "${String(environment.django)}", expected one of ${Object.keys(WORK_FACTORS).join(", ")}`,
    );
  }
  return create(given, WORK_FACTORS[environment.django], environment.randomBytes);
}

function pbkdf2(algorithm: string, digest: Pbkdf2Digest): CreateHasher {
  return (given, { pbkdf2Iterations }, randomBytes) => {
    // A misspelt work factor would silently be the default.
    requireKnown(`passwords.hashers.${algorithm}.`, given, PBKDF2_OPTIONS);
    const { iterations = pbkdf2Iterations, saltEntropy = SALT_ENTROPY } = given;
    return createPbkdf2({
      algorithm,
      digest,
      iterations: requireInteger(algorithm, "iterations", iterations, MAX_ITERATIONS),
      saltEntropy: requireInteger(algorithm, "saltEntropy", saltEntropy, 1024),
      randomBytes,
    });
  };
}

function requireInteger(algorithm: string, name: string, value: unknown, maximum: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > maximum) {
    throw new ImproperlyConfigured(
      `passwords.hashers gives ${algorithm} the ${name} "${String(value)}", expected 1 to ${maximum}`,
    );
  }
  return value as number;
}
