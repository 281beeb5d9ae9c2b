/**
 * Django's `Signer` (`django/core/signing.py`): a value, a separator and its signature, with key fallbacks. Timestamps
 * are in `timestamp_signer.ts`, JSON is in `signing.ts`.
 */

import { BadSignature } from "../errors.ts";
import { constantTimeEqual, isWellFormed } from "../internal/bytes.ts";
import { kindOf, requireMethodOptions } from "../internal/option_checks.ts";
import { digestSize, requireAlgorithm } from "./hmac.ts";
import { DEFAULT_CEILING_BYTES, packText, unpackText } from "./packing.ts";
import { createSaltedTextHmac } from "./salted_hmac.ts";

/** The options of a {@link Signer}. */
export interface SignerOptions {
  /** Django's `SECRET_KEY`: signs, and is tried first. */
  key: string | Uint8Array;
  /** Django's `SECRET_KEY_FALLBACKS`: older keys whose signatures are still accepted. */
  fallbackKeys?: readonly (string | Uint8Array)[] | undefined;
  /** The separator before the signature; `":"` if not given. */
  sep?: string | undefined;
  /** The name of the purpose; `"django.core.signing.Signer"` if not given or empty. */
  salt?: string | undefined;
  /** A hash algorithm of Python's `hashlib`; `"sha256"` if not given. */
  algorithm?: string | undefined;
}

/** The key that signed: the current one, or an older one. */
export type SigningKey = "current" | "fallback";

/** A value with a valid signature. */
export interface SignedValue {
  /** The value that was signed. */
  value: string;
  /** The key that signed it. */
  key: SigningKey;
}

/** The result of {@link Signer.verifyText}: the text, or why there is none. */
export type SignedText = { text: string; key: SigningKey } | { code: "bad_signature" | "undecodable" };

/** The names of the options. */
export const SIGNER_OPTIONS: readonly (keyof SignerOptions)[] = [
  "key",
  "fallbackKeys",
  "sep",
  "salt",
  "algorithm",
];

/** Separators that can occur in a signature, and the empty one. Python's `$` also matches before a final newline. */
const UNSAFE_SEPARATOR = /^[A-z0-9\-_=]*\n?$/;

/**
 * Signs strings as Django's `Signer` does, and verifies what that has signed.
 *
 * @example Sign and verify
 * ```ts
 * import { Signer } from "@djauth/djauth";
 *
 * const signer = new Signer({ key: "secret", salt: "newsletter" });
 * const signed = signer.sign("anna@example.org");
 * console.log(signer.unsign(signed)); // anna@example.org
 * console.log(signer.verify(signed + "x")); // null
 * ```
 */
export class Signer {
  /** The separator before the signature. */
  readonly sep: string;
  readonly #macs: readonly ((value: string | Uint8Array) => string)[];
  readonly #signatureLength: number;

  /**
   * Derives the keys.
   *
   * @throws {RangeError} if the separator is unsafe (Django's `ValueError`) or a key is empty
   * @throws {TypeError} for a key that is neither a string nor bytes, and for an unknown option
   * @throws {DjauthError} `invalid_algorithm`
   */
  constructor(options: SignerOptions) {
    requireMethodOptions("new Signer()", options, SIGNER_OPTIONS);
    this.sep = options.sep ?? ":";
    if (UNSAFE_SEPARATOR.test(this.sep)) {
      throw new RangeError(
        `sep is "${this.sep}", expected a separator that does not consist of only A-z, 0-9, "-", "_" and "="`,
      );
    }
    const algorithm = requireAlgorithm(options.algorithm || "sha256");
    const keySalt = (options.salt || "django.core.signing.Signer") + "signer";
    const keys = [options.key, ...(options.fallbackKeys ?? [])];
    const wrong = keys.findIndex((key) =>
      typeof key !== "string" && !((key as unknown) instanceof Uint8Array)
    );
    if (wrong !== -1) {
      throw new TypeError(
        `A signing key is ${kindOf(keys[wrong])}, expected a string or bytes, such as Django's SECRET_KEY`,
      );
    }
    // Anybody can sign with an empty key.
    if (keys.some((key) => key.length === 0)) {
      throw new RangeError("A signing key is empty, expected a secret");
    }
    this.#macs = keys.map((key) => createSaltedTextHmac(keySalt, key, algorithm));
    this.#signatureLength = Math.ceil((digestSize(algorithm) * 4) / 3);
  }

  /** Returns the signature alone, made with the current key, in base64url. */
  signature(value: string | Uint8Array): string {
    return this.#macs[0]!(value);
  }

  /**
   * Signs a string: returns it with the separator and the signature.
   *
   * @throws {RangeError} if the value contains a lone surrogate, which has no UTF-8 (Python: `UnicodeEncodeError`)
   */
  sign(value: string): string {
    if (!isWellFormed(value)) {
      throw new RangeError("The value contains a lone surrogate, which cannot be signed");
    }
    return value + this.sep + this.signature(value);
  }

  /**
   * Returns the value of a signed string.
   *
   * @throws {BadSignature} `bad_signature`
   */
  unsign(signed: string): string {
    const verified = this.verify(signed);
    if (verified === null) throw new BadSignature();
    return verified.value;
  }

  /**
   * Verifies a signed string. Never throws.
   *
   * @param signed the result of {@link Signer.sign}, or anything else
   * @returns the value and the key that signed it, or `null` if no key did
   */
  verify(signed: string): SignedValue | null {
    const end = signed.lastIndexOf(this.sep);
    // The length first: a malformed signature costs no HMAC.
    if (end === -1 || signed.length - end - this.sep.length !== this.#signatureLength) return null;
    const value = signed.slice(0, end);
    // A lone surrogate would be hashed as U+FFFD, and so pass for the value with that character.
    if (!isWellFormed(value)) return null;
    const signature = signed.slice(end + this.sep.length);
    for (const [index, mac] of this.#macs.entries()) {
      // In constant time, or the signature of a chosen value could be found character by character.
      if (constantTimeEqual(signature, mac(value))) {
        return { value, key: index === 0 ? "current" : "fallback" };
      }
    }
    return null;
  }

  /**
   * Signs a Latin-1 string in URL-safe form: `sign_object` without its JSON.
   *
   * @param options `compress`: use zlib if that is shorter; off if not given
   * @throws {RangeError} if the text contains a character above U+00FF
   */
  signText(text: string, options: { compress?: boolean | undefined } = {}): string {
    return this.sign(packText(text, options.compress ?? false));
  }

  /**
   * Verifies the output of {@link Signer.signText} or Django's `sign_object`: `unsign_object` without its JSON.
   *
   * @param options `ceiling`: the maximum size when decompressed, in bytes; 4 MiB if not given
   */
  verifyText(signed: string, options: { ceiling?: number | undefined } = {}): SignedText {
    const verified = this.verify(signed);
    if (verified === null) return { code: "bad_signature" };
    const text = unpackText(verified.value, options.ceiling ?? DEFAULT_CEILING_BYTES);
    return text === null ? { code: "undecodable" } : { text, key: verified.key };
  }
}
