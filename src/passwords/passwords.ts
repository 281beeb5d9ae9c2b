/**
 * Django's `make_password` and `check_password`: which hasher is used, how long a refusal takes, when a hash is
 * outdated. Independent of users and databases.
 */

import { DjauthError, ImproperlyConfigured } from "../errors.ts";
import { isWellFormed, utf8 } from "../internal/bytes.ts";
import { requireCount, wrong } from "../internal/option_checks.ts";
import { RANDOM_STRING_CHARS, randomString, SYSTEM_RANDOM } from "../internal/random.ts";
import type { DjangoVersion, RandomBytes } from "../types.ts";
import type { Hasher } from "./hasher.ts";
import { algorithmOf, createHasher, djangoAlgorithmOf, HASHER_NAMES, type HasherOptions } from "./hashers.ts";
import { createSemaphore } from "./semaphore.ts";

/** The options of {@link createPasswords}. */
export interface PasswordsOptions {
  /** The Django release whose work factors are used; `"5.2"` if not given. */
  django?: DjangoVersion;
  /**
   * Django's `PASSWORD_HASHERS`, the preferred one first. If given, a correct password in another algorithm than the
   * first should be rehashed; if not, all supported algorithms are accepted and none is replaced.
   */
  hashers?: readonly HasherOptions[];
  /** How many passwords are hashed at a time; the number of CPU cores if not given. */
  concurrency?: number;
  /** How many passwords may wait to be hashed; 32 times `concurrency` if not given. */
  maxWaiting?: number;
  /** Called for each password that is turned away because too many are waiting. */
  onBusy?: () => void;
  /**
   * Called with the algorithm whenever a password is refused because there is no hasher for its hash: one of Django's,
   * never another part of the hash.
   */
  onNoHasher?: (algorithm: string) => void;
  /** The source of salts; the runtime's CSPRNG if not given. */
  randomBytes?: RandomBytes;
}

/** The result of {@link Passwords.verifyPassword}. */
export interface PasswordVerification {
  /** Whether the password is correct. */
  readonly isCorrect: boolean;
  /** Whether it is correct and should be rehashed: its hash has less work than configured. */
  readonly mustUpdate: boolean;
}

/** Hashes and verifies passwords as Django does. */
export interface Passwords {
  /**
   * Hashes and encodes a password for the database; `null` makes an unusable one, which nothing matches.
   *
   * Mirrors `django.contrib.auth.hashers.make_password`.
   *
   * @param password a string, or its UTF-8 bytes
   * @param salt a new one if not given
   * @param algorithm the preferred one if not given
   * @returns the encoded password
   * @throws {TypeError} if the password is not a string, bytes or `null`
   * @throws {RangeError} if the password contains a lone surrogate, or the salt a `$`
   * @throws {DjauthError} `unknown_algorithm`; `server_busy` if too many passwords are waiting already
   */
  makePassword(password: string | Uint8Array | null, salt?: string, algorithm?: string): Promise<string>;
  /**
   * Returns whether a password is correct, and takes as long if it is not, as {@link Passwords.verifyPassword} does.
   *
   * Mirrors `django.contrib.auth.hashers.check_password` without its `setter`: nothing is rehashed.
   *
   * @throws {DjauthError} `server_busy` if too many passwords are waiting already
   */
  checkPassword(password: string | Uint8Array | null, encoded: string | null): Promise<boolean>;
  /**
   * Verifies a password, and whether it should be rehashed. Takes as long for an unknown user (`encoded` is `null`), an
   * unusable password or a malformed hash as for a wrong password, even if stored hashes have more work than
   * configured, once the first of these was verified. Never throws on hostile input.
   *
   * Mirrors `django.contrib.auth.hashers.verify_password`; a hash with *more* work than configured is kept.
   *
   * @param preferred the algorithm that a hash should have, the first of `hashers` if not given
   * @throws {DjauthError} `server_busy` if too many passwords are waiting already; `unknown_algorithm` for `preferred`
   * only
   */
  verifyPassword(
    password: string | Uint8Array | null,
    encoded: string | null,
    preferred?: string,
  ): Promise<PasswordVerification>;
  /**
   * Requires that a password could be hashed now, for a caller that has to look something up first.
   *
   * @throws {DjauthError} `server_busy` if too many passwords are waiting already
   */
  requireRoom(): void;
  /** Returns the algorithm of an encoded password, or `null` if there is no such hasher. Mirrors `identify_hasher`. */
  identifyHasher(encoded: string): string | null;
  /** Returns whether an encoded password can match at all; `null` counts as usable. Mirrors `is_password_usable`. */
  isPasswordUsable(encoded: string | null): boolean;
  /**
   * Takes as long as verifying this password when it is wrong, for a caller that refuses without looking at a hash.
   *
   * Mirrors the dummy `set_password(password)` of `ModelBackend.authenticate` for unknown users.
   *
   * @throws {DjauthError} `server_busy` if too many passwords are waiting already
   */
  hardenRuntime(password?: unknown): Promise<void>;
}

/** The parts of {@link passwordsOf}. */
export interface PasswordsParts {
  /** The hashers in use, the preferred one first. */
  readonly hashers: readonly Hasher[];
  /** Whether a hash of another algorithm than the preferred one is outdated. */
  readonly replacesAlgorithms: boolean;
  /** How many passwords are hashed at a time. */
  readonly concurrency: number;
  /** How many passwords may wait; any number if not given. */
  readonly maxWaiting?: number | undefined;
  /** Called for each that may not. */
  readonly onBusy?: (() => void) | undefined;
  /** Called with each of Django's algorithms for whose hash there is no hasher. */
  readonly onNoHasher?: ((algorithm: string) => void) | undefined;
  /** The source of salts. */
  readonly randomBytes: RandomBytes;
}

const UNUSABLE_PREFIX = "!";
const UNUSABLE_SUFFIX_LENGTH = 40;
/** Half a minute's work with Django's work factors: clients do not wait longer. */
const WAITING_PER_PLACE = 32;
const REFUSED: PasswordVerification = { isCorrect: false, mustUpdate: false };

/**
 * Creates {@link Passwords} in Django's formats.
 *
 * Mirrors `django.contrib.auth.hashers`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an invalid option
 *
 * @example Make a hash that Django reads, and verify it
 * ```ts
 * import { createPasswords } from "@djauth/djauth";
 *
 * const passwords = createPasswords({ hashers: [{ algorithm: "pbkdf2_sha256", iterations: 1000 }] });
 * const encoded = await passwords.makePassword("correct horse");
 * console.log(await passwords.checkPassword("correct horse", encoded)); // true
 * ```
 */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { django = "5.2", randomBytes = SYSTEM_RANDOM, concurrency = coreCount() } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw wrong("passwords.concurrency", concurrency, "a positive integer");
  }
  const { maxWaiting = concurrency * WAITING_PER_PLACE, onBusy, onNoHasher } = options;
  requireCount("passwords.maxWaiting", maxWaiting, 0);
  const given = options.hashers ?? HASHER_NAMES as HasherOptions[];
  if (!Array.isArray(given) || given.length === 0) {
    throw wrong("passwords.hashers", given, "at least one hasher");
  }
  const hashers = given.map((hasher: HasherOptions) => createHasher(hasher, { django, randomBytes }));
  requireOnce(hashers);
  const replacesAlgorithms = options.hashers !== undefined;
  return passwordsOf({
    hashers,
    replacesAlgorithms,
    concurrency,
    maxWaiting,
    onBusy,
    onNoHasher,
    randomBytes,
  });
}

/** Creates {@link Passwords} from existing hashers. */
export function passwordsOf(parts: PasswordsParts): Passwords {
  const { hashers, replacesAlgorithms, randomBytes } = parts;
  const byAlgorithm = new Map(hashers.map((hasher) => [hasher.algorithm, hasher]));
  const gate = createSemaphore(parts.concurrency, parts.maxWaiting ?? Infinity);

  /** Queues work up to a limit: strangers can make a server hash at will. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return gate.run(work) ?? Promise.reject(busy());
  }

  function busy(): DjauthError {
    parts.onBusy?.();
    return new DjauthError("server_busy", "Too many passwords are waiting to be hashed");
  }

  function requireHasher(algorithm: string | undefined): Hasher {
    const hasher = algorithm === undefined ? hashers[0] : byAlgorithm.get(algorithm);
    if (hasher === undefined) {
      const known = [...byAlgorithm.keys()].join(", ");
      throw new DjauthError(
        "unknown_algorithm",
        `The password algorithm is "${algorithm}", expected one of ${known}`,
      );
    }
    return hasher;
  }

  function hardenRuntime(password?: unknown): Promise<void> {
    const hasher = requireHasher(undefined);
    // The password itself if there is one: a very long one takes longer, and must do so for every user.
    const bytes = bytesOf(password) ??
      utf8(randomString(UNUSABLE_SUFFIX_LENGTH, RANDOM_STRING_CHARS, randomBytes));
    return inTurn(() => hasher.hardenRuntime(bytes, null));
  }

  const passwords: Passwords = {
    hardenRuntime,
    requireRoom() {
      if (gate.isFull()) throw busy();
    },
    isPasswordUsable: (encoded) => encoded === null || !encoded.startsWith(UNUSABLE_PREFIX),
    identifyHasher: (encoded) => byAlgorithm.get(algorithmOf(encoded))?.algorithm ?? null,

    async makePassword(password, salt, algorithm) {
      if (password === null) {
        return UNUSABLE_PREFIX + randomString(UNUSABLE_SUFFIX_LENGTH, RANDOM_STRING_CHARS, randomBytes);
      }
      const hasher = requireHasher(algorithm);
      const bytes = requireBytes(password);
      return await inTurn(() => hasher.encode(bytes, salt || hasher.salt()));
    },

    checkPassword: (...given) => passwords.verifyPassword(...given).then(({ isCorrect }) => isCorrect),

    async verifyPassword(password, encoded, preferred) {
      const wanted = requireHasher(preferred);
      const bytes = bytesOf(password);
      const hasher = typeof encoded === "string" ? byAlgorithm.get(algorithmOf(encoded)) : undefined;
      if (bytes === null || hasher === undefined || hasher.decode(encoded!) === null) {
        const missing = hasher === undefined && encoded !== null ? djangoAlgorithmOf(encoded) : null;
        if (missing !== null) parts.onNoHasher?.(missing);
        // A quick answer would reveal that there is no hash.
        await hardenRuntime(bytes);
        return REFUSED;
      }
      return await inTurn(async () => {
        const isSame = hasher.algorithm === wanted.algorithm;
        if (await hasher.verify(bytes, encoded!)) {
          return { isCorrect: true, mustUpdate: isSame ? wanted.isWeaker(encoded!) : replacesAlgorithms };
        }
        // Does the work that an old hash lacks, or old accounts would answer sooner than unknown ones. Django skips
        // this for a hash of another algorithm.
        await wanted.hardenRuntime(bytes, encoded!);
        return REFUSED;
      });
    },
  };
  return passwords;
}

/** Rejects two entries for one algorithm, since either could be meant. */
function requireOnce(hashers: readonly Hasher[]): void {
  const names = hashers.map(({ algorithm }) => algorithm);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ImproperlyConfigured(
      `passwords.hashers contains "${twice}" twice, expected each algorithm once`,
    );
  }
}

/**
 * Returns the bytes of a password, or `null` if it cannot be one. A lone surrogate would become U+FFFD, and different
 * passwords would then be equal. There is no maximum length, as in Django: HMAC hashes a long key once, and request
 * bodies are bounded where they are read.
 */
function bytesOf(password: unknown): Uint8Array | null {
  if (password instanceof Uint8Array) return password;
  return typeof password === "string" && isWellFormed(password) ? utf8(password) : null;
}

function requireBytes(password: unknown): Uint8Array {
  const bytes = bytesOf(password);
  if (bytes !== null) return bytes;
  if (typeof password === "string") {
    throw new RangeError("The password contains a lone surrogate, which has no UTF-8 form");
  }
  throw new TypeError(`The password is of type ${typeof password}, expected a string or bytes`);
}

/** Returns the number of CPU cores. Node 20 has no `navigator`; four is the size of its thread pool. */
function coreCount(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return navigator?.hardwareConcurrency || 4;
}
