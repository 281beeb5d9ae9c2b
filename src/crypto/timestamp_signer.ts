/** Django's `TimestampSigner` (`django/core/signing.py`): the time of signing stands between the value and its signature. */

import { BadSignature, SignatureExpired } from "../errors.ts";
import { decodeBase62, encodeBase62 } from "./base62.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import type { Clock } from "../types.ts";
import { DEFAULT_CEILING, packText, unpackText } from "./packing.ts";
import { Signer, type SignerOptions, type SigningKey } from "./signer.ts";

/** What a {@link TimestampSigner} is made from; the default salt is `"django.core.signing.TimestampSigner"`. */
export interface TimestampSignerOptions extends SignerOptions {
  /** The clock that dates signatures and finds expired ones. */
  clock?: Clock | undefined;
}

/** How old a signature may be. */
export interface MaxAgeOptions {
  /** Seconds, inclusive; no limit if not given. A signature from the future counts as new, as in Django. */
  maxAge?: number | null | undefined;
}

/** What {@link TimestampSigner.verify} found: the value, or why there is none. */
export type TimestampedValue =
  | { value: string; key: SigningKey; timestamp: number }
  | { code: "bad_signature" | "signature_expired" };

/** What {@link TimestampSigner.verifyText} found: the text, or why there is none. */
export type TimestampedText =
  | { text: string; key: SigningKey; timestamp: number }
  | { code: "bad_signature" | "signature_expired" | "undecodable" };

/** Digits of the largest timestamp that is read; Django's have six until the year 3769. */
const MAX_TIMESTAMP_DIGITS = 11;

/**
 * Signs texts with the time, as Django's `TimestampSigner` does.
 *
 * @example A link that is good for an hour
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
   * @throws {RangeError} where the separator is unsafe (Django's `ValueError`) or a key is empty
   * @throws {DjauthError} `invalid_algorithm`
   */
  constructor(options: TimestampSignerOptions) {
    this.#signer = new Signer({ ...options, salt: options.salt || "django.core.signing.TimestampSigner" });
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** Stands before the time and before the signature. */
  get sep(): string {
    return this.#signer.sep;
  }

  /** The present second in base62. */
  timestamp(): string {
    return encodeBase62(Math.trunc(this.#clock.now() / 1000));
  }

  /**
   * The value, the time and the signature, with separators.
   *
   * @throws {RangeError} where the value holds a lone surrogate
   */
  sign(value: string): string {
    return this.#signer.sign(value + this.sep + this.timestamp());
  }

  /**
   * The value of a signed text.
   *
   * @throws {BadSignature} `bad_signature`
   * @throws {SignatureExpired} `signature_expired`: older than `maxAge`
   */
  unsign(signed: string, options: MaxAgeOptions = {}): string {
    const verified = this.verify(signed, options);
    if (!("code" in verified)) return verified.value;
    throw verified.code === "signature_expired" ? new SignatureExpired() : new BadSignature();
  }

  /** The value of a signed text, when it was signed (seconds since the epoch) and by which key, or why there is none. */
  verify(signed: string, options: MaxAgeOptions = {}): TimestampedValue {
    const verified = this.#signer.verify(signed);
    if (verified === null) return { code: "bad_signature" };
    const end = verified.value.lastIndexOf(this.sep);
    // Well signed, but by a plain Signer with this salt: Django crashes on it.
    const digits = end === -1 ? "" : verified.value.slice(end + this.sep.length);
    const timestamp = digits.length > MAX_TIMESTAMP_DIGITS ? null : decodeBase62(digits);
    if (timestamp === null) return { code: "bad_signature" };
    const seconds = Number(timestamp);
    const { maxAge } = options;
    // Written so that a maxAge of NaN expires everything and not nothing.
    if (maxAge !== undefined && maxAge !== null && !(this.#clock.now() / 1000 - seconds <= maxAge)) {
      return { code: "signature_expired" };
    }
    return { value: verified.value.slice(0, end), key: verified.key, timestamp: seconds };
  }

  /**
   * Signs a text of any Latin-1 characters in URL-safe form: `signing.dumps` without its JSON.
   *
   * @param options `compress`: use zlib where that is shorter; off if not given
   * @throws {RangeError} where the text holds a character above U+00FF
   */
  signText(text: string, options: { compress?: boolean | undefined } = {}): string {
    return this.sign(packText(text, options.compress ?? false));
  }

  /**
   * Reads what {@link TimestampSigner.signText} or Django's `signing.dumps` has written, without parsing JSON.
   *
   * @param options `ceiling`: the most bytes that it may have when decompressed; 4 MiB if not given
   */
  verifyText(
    signed: string,
    options: MaxAgeOptions & { ceiling?: number | undefined } = {},
  ): TimestampedText {
    const verified = this.verify(signed, options);
    if ("code" in verified) return verified;
    const text = unpackText(verified.value, options.ceiling ?? DEFAULT_CEILING);
    if (text === null) return { code: "undecodable" };
    return { text, key: verified.key, timestamp: verified.timestamp };
  }
}
