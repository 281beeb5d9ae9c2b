/**
 * Django's `make_password` and `check_password`: which hasher, how long a refusal takes, when a hash is out of date.
 * Users and databases are not known here.
 */

import { DjauthError, ImproperlyConfigured } from "../errors.ts";
import { isWellFormed, utf8 } from "../internal/bytes.ts";
import { requireCount, wrong } from "../internal/option_checks.ts";
import { RANDOM_STRING_CHARS, randomString, SYSTEM_RANDOM } from "../internal/random.ts";
import type { DjangoVersion, RandomBytes } from "../types.ts";
import type { Hasher } from "./hasher.ts";
import { createHasher, HASHER_NAMES, type HasherOptions } from "./hashers.ts";
import { createSemaphore } from "./semaphore.ts";

/** What {@link createPasswords} is told. */
export interface PasswordsOptions {
  /** The release of Django whose work factors are followed; `"5.2"` if not given. */
  django?: DjangoVersion;
  /**
   * Django's `PASSWORD_HASHERS`, the preferred one first. Where it is given, a right password in another algorithm
   * than the first asks to be hashed anew; where it is not, all known algorithms are believed and none is replaced.
   */
  hashers?: readonly HasherOptions[];
  /** How many passwords are hashed at a time; as many as the machine has cores if not given. */
  concurrency?: number;
  /** How many passwords may wait to be hashed; 32 for each that is hashed at a time if not given. */
  maxWaiting?: number;
  /** Is told of each password that was turned away because too many wait. */
  onBusy?: () => void;
  /** Where salts come from. */
  randomBytes?: RandomBytes;
}

/** What {@link Passwords.verifyPassword} found out. */
export interface PasswordVerification {
  /** Whether the password is right. */
  readonly isCorrect: boolean;
  /** Whether it is right and should be hashed anew: there is less work in the hash than configured. */
  readonly mustUpdate: boolean;
}

/** Hashes and checks passwords as Django does. */
export interface Passwords {
  /**
   * The encoded password for the database; `null` makes one that nothing matches.
   *
   * Mirrors `django.contrib.auth.hashers.make_password`.
   *
   * @param password its text, or the bytes that are its UTF-8
   * @param salt a new one if not given
   * @param algorithm the preferred one if not given
   * @throws {TypeError} when the password is neither text, bytes nor `null`
   * @throws {RangeError} when the password holds a lone surrogate, or the salt a `$`
   * @throws {DjauthError} `unknown_algorithm`; `server_busy` when too many passwords wait already
   */
  makePassword(password: string | Uint8Array | null, salt?: string, algorithm?: string): Promise<string>;
  /**
   * Whether a password is right, and whether it should be hashed anew. Takes as long for an unknown user (`encoded` is
   * `null`), an unusable password or gibberish as for a wrong password, also where stored hashes have more work than
   * configured: from the first of them on. Never throws on what a stranger sends.
   *
   * Mirrors `django.contrib.auth.hashers.verify_password`; a hash with *more* work than configured is left alone.
   *
   * @param preferred the algorithm that a hash should have, the first of `hashers` if not given
   * @throws {DjauthError} `server_busy` when too many passwords wait already; `unknown_algorithm` for `preferred` only
   */
  verifyPassword(
    password: string | Uint8Array | null,
    encoded: string | null,
    preferred?: string,
  ): Promise<PasswordVerification>;
  /**
   * Makes sure that a password could be hashed now: for a caller that has to look something up before, and need not begin.
   *
   * @throws {DjauthError} `server_busy` when too many passwords wait already
   */
  requireRoom(): void;
  /** The algorithm of an encoded password, or `null` when there is no such hasher. Mirrors `identify_hasher`. */
  identifyHasher(encoded: string): string | null;
  /** Whether an encoded password can match at all; `null` counts as usable. Mirrors `is_password_usable`. */
  isPasswordUsable(encoded: string | null): boolean;
  /**
   * Costs what checking this password costs when it is wrong: for a caller that refuses without having looked at a hash.
   *
   * Mirrors the dummy `set_password(password)` of `ModelBackend.authenticate` for unknown users.
   *
   * @throws {DjauthError} `server_busy` when too many passwords wait already
   */
  hardenRuntime(password?: unknown): Promise<void>;
}

/** Hashers as {@link passwordsOf} gets them, the preferred one first. */
export interface PasswordsParts {
  /** The hashers that are installed. */
  readonly hashers: readonly Hasher[];
  /** Whether a hash of another algorithm than the preferred one is out of date. */
  readonly replacesAlgorithms: boolean;
  /** How many passwords are hashed at a time. */
  readonly concurrency: number;
  /** How many passwords may wait; any number if not given. */
  readonly maxWaiting?: number | undefined;
  /** Is told of each that may not. */
  readonly onBusy?: (() => void) | undefined;
  /** Where salts come from. */
  readonly randomBytes: RandomBytes;
}

const UNUSABLE_PREFIX = "!";
const UNUSABLE_SUFFIX_LENGTH = 40;
/** Half a minute's work, with Django's own work factors: a client that waits longer has gone. */
const WAITING_PER_PLACE = 32;
const REFUSED: PasswordVerification = { isCorrect: false, mustUpdate: false };

/**
 * Passwords in Django's formats.
 *
 * Mirrors `django.contrib.auth.hashers`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for an option that cannot be
 *
 * @example Make a hash that Django reads, and check it
 * ```ts
 * import { createPasswords } from "@djauth/djauth";
 *
 * const passwords = createPasswords({ hashers: [{ algorithm: "pbkdf2_sha256", iterations: 1000 }] });
 * const encoded = await passwords.makePassword("correct horse");
 * console.log((await passwords.verifyPassword("correct horse", encoded)).isCorrect); // true
 * ```
 */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { django = "5.2", randomBytes = SYSTEM_RANDOM, concurrency = coreCount() } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw wrong("passwords.concurrency", concurrency, "a positive integer");
  }
  const { maxWaiting = concurrency * WAITING_PER_PLACE, onBusy } = options;
  requireCount("passwords.maxWaiting", maxWaiting, 0);
  const given = options.hashers ?? HASHER_NAMES as HasherOptions[];
  if (!Array.isArray(given) || given.length === 0) {
    throw wrong("passwords.hashers", given, "at least one hasher");
  }
  const hashers = given.map((hasher: HasherOptions) => createHasher(hasher, { django, randomBytes }));
  requireOnce(hashers);
  const replacesAlgorithms = options.hashers !== undefined;
  return passwordsOf({ hashers, replacesAlgorithms, concurrency, maxWaiting, onBusy, randomBytes });
}

/** {@link Passwords} over hashers that are made already. */
export function passwordsOf(parts: PasswordsParts): Passwords {
  const { hashers, replacesAlgorithms, randomBytes } = parts;
  const byAlgorithm = new Map(hashers.map((hasher) => [hasher.algorithm, hasher]));
  const gate = createSemaphore(parts.concurrency, parts.maxWaiting ?? Infinity);

  /** Hashing is what a stranger can make a server do at will: beyond a bound nothing is queued. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return gate.run(work) ?? Promise.reject(busy());
  }

  function busy(): DjauthError {
    parts.onBusy?.();
    return new DjauthError("server_busy", 503, "Too many passwords wait to be hashed");
  }

  function requireHasher(algorithm: string | undefined): Hasher {
    const hasher = algorithm === undefined ? hashers[0] : byAlgorithm.get(algorithm);
    if (hasher === undefined) {
      throw new DjauthError("unknown_algorithm", 500, `There is no password hasher "${algorithm}"`);
    }
    return hasher;
  }

  function hardenRuntime(password?: unknown): Promise<void> {
    const hasher = requireHasher(undefined);
    // The password itself where there is one: a very long one takes its time, and it must do so for every user.
    const bytes = bytesOf(password) ??
      utf8(randomString(UNUSABLE_SUFFIX_LENGTH, RANDOM_STRING_CHARS, randomBytes));
    return inTurn(() => hasher.hardenRuntime(bytes, null));
  }

  return {
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

    async verifyPassword(password, encoded, preferred) {
      const wanted = requireHasher(preferred);
      const bytes = bytesOf(password);
      const hasher = typeof encoded === "string" ? byAlgorithm.get(algorithmOf(encoded)) : undefined;
      if (bytes === null || hasher === undefined || hasher.decode(encoded!) === null) {
        // Who is refused without a hash must not be told apart by a quick answer.
        await hardenRuntime(bytes);
        return REFUSED;
      }
      return await inTurn(async () => {
        const isSame = hasher.algorithm === wanted.algorithm;
        if (await hasher.verify(bytes, encoded!)) {
          return { isCorrect: true, mustUpdate: isSame ? wanted.isWeaker(encoded!) : replacesAlgorithms };
        }
        // The work that an old hash lacks is done here, or old accounts would answer sooner than unknown ones; what one of another
        // algorithm lacks nobody can say. Django leaves that out.
        await wanted.hardenRuntime(bytes, isSame ? encoded! : null);
        return REFUSED;
      });
    },
  };
}

/** Two entries for one algorithm would leave it open which of them is meant. */
function requireOnce(hashers: readonly Hasher[]): void {
  const names = hashers.map(({ algorithm }) => algorithm);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ImproperlyConfigured(`passwords.hashers has "${twice}" twice, expected each algorithm once`);
  }
}

/** Mirrors the rule of `identify_hasher`, with the unsalted forms of ancient Django. */
function algorithmOf(encoded: string): string {
  if (encoded.length === 32 && !encoded.includes("$")) return "unsalted_md5";
  if (encoded.length === 37 && encoded.startsWith("md5$$")) return "unsalted_md5";
  if (encoded.length === 46 && encoded.startsWith("sha1$$")) return "unsalted_sha1";
  return encoded.split("$", 1)[0]!;
}

/**
 * The bytes of a password, or `null` for what cannot be one. A lone surrogate would become U+FFFD, and then different
 * passwords would be one. There is no greatest length, as in Django: HMAC hashes a long key once, and what a request
 * may bring is bounded where its body is read.
 */
function bytesOf(password: unknown): Uint8Array | null {
  if (password instanceof Uint8Array) return password;
  return typeof password === "string" && isWellFormed(password) ? utf8(password) : null;
}

function requireBytes(password: unknown): Uint8Array {
  const bytes = bytesOf(password);
  if (bytes !== null) return bytes;
  if (typeof password === "string") {
    throw new RangeError("The password holds a lone surrogate, which has no UTF-8 form");
  }
  throw new TypeError(`The password must be text or bytes, got ${typeof password}`);
}

/** Node 20 has no `navigator`; four is the size of its thread pool. */
function coreCount(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return navigator?.hardwareConcurrency || 4;
}
