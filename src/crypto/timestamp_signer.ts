/**
 * Django's `TimestampSigner` (`django/core/signing.py`): the time of signing is between the value and its signature.
 */

import { BadSignature, SignatureExpired } from "../errors.ts";
import { requireMethodOptions } from "../internal/option_checks.ts";
import { decodeBase62, encodeBase62 } from "./base62.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import type { Clock } from "../types.ts";
import { DEFAULT_CEILING_BYTES, packText, unpackText } from "./packing.ts";
import { Signer, SIGNER_OPTIONS, type SignerOptions, type SigningKey } from "./signer.ts";

/** The options of a {@link TimestampSigner}; the default salt is `"django.core.signing.TimestampSigner"`. */
export interface TimestampSignerOptions extends SignerOptions {
  /** The clock that dates signatures and detects expired ones. */
  clock?: Clock | undefined;
}

/** The maximum age of a signature. */
export interface MaxAgeOptions {
  /** Seconds, inclusive; no limit if not given. A signature from the future counts as new, as in Django. */
  maxAge?: number | null | undefined;
}

/** The result of {@link TimestampSigner.verify}: the value, or why there is none. */
export type TimestampedValue =
  | { value: string; key: SigningKey; timestamp: number }
  | { code: "bad_signature" | "signature_expired" };

/** The result of {@link TimestampSigner.verifyText}: the text, or why there is none. */
export type TimestampedText =
  | { text: string; key: SigningKey; timestamp: number }
  | { code: "bad_signature" | "signature_expired" | "undecodable" };

const OPTIONS: readonly (keyof TimestampSignerOptions)[] = [...SIGNER_OPTIONS, "clock"];

/** The maximum length of a timestamp; Django's have six digits until the year 3769. */
const MAX_TIMESTAMP_DIGITS = 11;

/**
 * Signs strings with the time, as Django's `TimestampSigner` does.
 *
 * @example A link that is valid for an hour
 * ```ts
 * import { TimestampSigner } from "@djauth/djauth";
 *
 * const signer = new TimestampSigner({ key: "secret", salt: "download" });
 * const signed = signer.sign("report.pdf");
 * console.log(signer.unsign(signed, { maxAge: 3600 })); // report.pdf
 * ```
 */
export class TimestampSigner {
  readonly #signer: Signer;
  readonly #clock: Clock;

  /**
   * Derives the keys.
   *
   * @throws {RangeError} if the separator is unsafe (Django's `ValueError`) or a key is empty
   * @throws {TypeError} for a key that is neither a string nor bytes, and for an unknown option
   * @throws {DjauthError} `invalid_algorithm`
   */
  constructor(options: TimestampSignerOptions) {
    requireMethodOptions("new TimestampSigner()", options, OPTIONS);
    const { clock = SYSTEM_CLOCK, ...others } = options;
    this.#signer = new Signer({ ...others, salt: options.salt || "django.core.signing.TimestampSigner" });
    this.#clock = clock;
  }

  /** The separator before the time and before the signature. */
  get sep(): string {
    return this.#signer.sep;
  }

  /** Returns the current second in base62. */
  timestamp(): string {
    return encodeBase62(Math.trunc(this.#clock.now() / 1000));
  }

  /**
   * Signs a string: returns it with the time and the signature, separated.
   *
   * @throws {RangeError} if the value contains a lone surrogate
   */
  sign(value: string): string {
    return this.#signer.sign(value + this.sep + this.timestamp());
  }

  /**
   * Returns the value of a signed string.
   *
   * @throws {BadSignature} `bad_signature`
   * @throws {SignatureExpired} `signature_expired`: older than `maxAge`
   * @throws {TypeError} for an unknown option
   */
  unsign(signed: string, options: MaxAgeOptions = {}): string {
    // A misspelt `maxAge` would let expired signatures pass.
    requireMethodOptions("unsign()", options, ["maxAge"]);
    const verified = this.verify(signed, options);
    if (!("code" in verified)) return verified.value;
    throw verified.code === "signature_expired" ? new SignatureExpired() : new BadSignature();
  }

  /**
   * Verifies a signed string. Never throws.
   *
   * @returns the value, the time of signing (seconds since the epoch) and the key that signed it, or why there is none
   */
  verify(signed: string, options: MaxAgeOptions = {}): TimestampedValue {
    const verified = this.#signer.verify(signed);
    if (verified === null) return { code: "bad_signature" };
    const end = verified.value.lastIndexOf(this.sep);
    // Validly signed, but by a plain Signer with this salt: Django crashes on it.
    const digits = end === -1 ? "" : verified.value.slice(end + this.sep.length);
    const timestamp = digits.length > MAX_TIMESTAMP_DIGITS ? null : decodeBase62(digits);
    if (timestamp === null) return { code: "bad_signature" };
    const seconds = Number(timestamp);
    const { maxAge } = options;
    // Negated, so that a maxAge of NaN expires everything instead of nothing.
    if (maxAge !== undefined && maxAge !== null && !(this.#clock.now() / 1000 - seconds <= maxAge)) {
      return { code: "signature_expired" };
    }
    return { value: verified.value.slice(0, end), key: verified.key, timestamp: seconds };
  }

  /**
   * Signs a Latin-1 string in URL-safe form: `signing.dumps` without its JSON.
   *
   * @param options `compress`: use zlib if that is shorter; off if not given
   * @throws {RangeError} if the text contains a character above U+00FF
   */
  signText(text: string, options: { compress?: boolean | undefined } = {}): string {
    return this.sign(packText(text, options.compress ?? false));
  }

  /**
   * Verifies the output of {@link TimestampSigner.signText} or Django's `signing.dumps`, without parsing JSON.
   *
   * @param options `ceiling`: the maximum size when decompressed, in bytes; 4 MiB if not given
   */
  verifyText(
    signed: string,
    options: MaxAgeOptions & { ceiling?: number | undefined } = {},
  ): TimestampedText {
    const verified = this.verify(signed, options);
    if ("code" in verified) return verified;
    const text = unpackText(verified.value, options.ceiling ?? DEFAULT_CEILING_BYTES);
    if (text === null) return { code: "undecodable" };
    return { text, key: verified.key, timestamp: verified.timestamp };
  }
}
