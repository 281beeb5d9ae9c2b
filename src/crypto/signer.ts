/**
 * Django's `Signer` (`django/core/signing.py`): a value, a separator and its signature, with key fallbacks. Timestamps
 * are in `timestamp_signer.ts`, JSON is in `signing.ts`.
 */

import { BadSignature } from "../errors.ts";
import { constantTimeEqual, isWellFormed } from "../internal/bytes.ts";
import { digestSize, requireAlgorithm } from "./hmac.ts";
import { DEFAULT_CEILING, packText, unpackText } from "./packing.ts";
import { createSaltedTextHmac } from "./salted_hmac.ts";

/** What a {@link Signer} is made from. */
export interface SignerOptions {
  /** `SECRET_KEY`: signs, and is tried first. */
  key: string | Uint8Array;
  /** `SECRET_KEY_FALLBACKS`: older keys, whose signatures are still believed. */
  fallbackKeys?: readonly (string | Uint8Array)[] | undefined;
  /** Stands before the signature; `":"` if not given. */
  sep?: string | undefined;
  /** Names the purpose; `"django.core.signing.Signer"` if not given or empty. */
  salt?: string | undefined;
  /** A name in Python's `hashlib`; `"sha256"` if not given. */
  algorithm?: string | undefined;
}

/** Which key has signed: the current one, or an older one. */
export type SigningKey = "current" | "fallback";

/** A value whose signature is right. */
export interface SignedValue {
  /** What was signed. */
  value: string;
  /** By which key. */
  key: SigningKey;
}

/** What {@link Signer.verifyText} found: the text, or why there is none. */
export type SignedText = { text: string; key: SigningKey } | { code: "bad_signature" | "undecodable" };

/** Separators that can stand in a signature, and the empty one. Python's `$` also matches before a last newline. */
const UNSAFE_SEPARATOR = /^[A-z0-9\-_=]*\n?$/;

/**
 * Signs texts as Django's `Signer` does, and believes what that has signed.
 *
 * @example Sign and read
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
  /** Stands before the signature. */
  readonly sep: string;
  readonly #macs: readonly ((value: string | Uint8Array) => string)[];
  readonly #signatureLength: number;

  /**
   * Derives the keys.
   *
   * @throws {RangeError} where the separator is unsafe (Django's `ValueError`) or a key is empty
   * @throws {DjauthError} `invalid_algorithm`
   */
  constructor(options: SignerOptions) {
    this.sep = options.sep ?? ":";
    if (UNSAFE_SEPARATOR.test(this.sep)) {
      throw new RangeError(
        `Separator "${this.sep}" is unsafe: it must not be empty or consist of only A-z, 0-9, "-", "_" and "="`,
      );
    }
    const algorithm = requireAlgorithm(options.algorithm || "sha256");
    const keySalt = (options.salt || "django.core.signing.Signer") + "signer";
    const keys = [options.key, ...(options.fallbackKeys ?? [])];
    // Anybody can sign with an empty key.
    if (keys.some((key) => key.length === 0)) throw new RangeError("A signing key must not be empty");
    this.#macs = keys.map((key) => createSaltedTextHmac(keySalt, key, algorithm));
    this.#signatureLength = Math.ceil((digestSize(algorithm) * 4) / 3);
  }

  /** The signature alone, by the current key: base64url. */
  signature(value: string | Uint8Array): string {
    return this.#macs[0]!(value);
  }

  /**
   * The value, the separator and the signature.
   *
   * @throws {RangeError} where the value holds a lone surrogate, which has no UTF-8 (Python: `UnicodeEncodeError`)
   */
  sign(value: string): string {
    if (!isWellFormed(value)) throw new RangeError("A value with a lone surrogate cannot be signed");
    return value + this.sep + this.signature(value);
  }

  /**
   * The value of a signed text.
   *
   * @throws {BadSignature} `bad_signature`
   */
  unsign(signed: string): string {
    const verified = this.verify(signed);
    if (verified === null) throw new BadSignature();
    return verified.value;
  }

  /** The value of a signed text and which key has signed it, or `null`. */
  verify(signed: string): SignedValue | null {
    const end = signed.lastIndexOf(this.sep);
    // The shape first: what cannot be a signature costs no HMAC.
    if (end === -1 || signed.length - end - this.sep.length !== this.#signatureLength) return null;
    const value = signed.slice(0, end);
    // A lone surrogate would be hashed as U+FFFD, and so pass for the value that holds that character.
    if (!isWellFormed(value)) return null;
    const signature = signed.slice(end + this.sep.length);
    for (const [index, mac] of this.#macs.entries()) {
      // In constant time: else the signature of a chosen value could be found character by character.
      if (constantTimeEqual(signature, mac(value))) {
        return { value, key: index === 0 ? "current" : "fallback" };
      }
    }
    return null;
  }

  /**
   * Signs a text of any Latin-1 characters in URL-safe form: `sign_object` without its JSON.
   *
   * @param options `compress`: use zlib where that is shorter; off if not given
   * @throws {RangeError} where the text holds a character above U+00FF
   */
  signText(text: string, options: { compress?: boolean | undefined } = {}): string {
    return this.sign(packText(text, options.compress ?? false));
  }

  /**
   * Reads what {@link Signer.signText} or Django's `sign_object` has written: `unsign_object` without its JSON.
   *
   * @param options `ceiling`: the most bytes that it may have when decompressed; 4 MiB if not given
   */
  verifyText(signed: string, options: { ceiling?: number | undefined } = {}): SignedText {
    const verified = this.verify(signed);
    if (verified === null) return { code: "bad_signature" };
    const text = unpackText(verified.value, options.ceiling ?? DEFAULT_CEILING);
    return text === null ? { code: "undecodable" } : { text, key: verified.key };
  }
}
