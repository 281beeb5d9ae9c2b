/**
 * `dumps` and `loads` of `django/core/signing.py`: values as JSON, URL-safe, signed and dated. The text below the JSON
 * is `TimestampSigner.signText` and `verifyText`.
 */

import { BadSignature, SignatureExpired } from "../errors.ts";
import { parsePythonJson, stringifyPythonJson } from "../internal/python/json.ts";
import { type MaxAgeOptions, TimestampSigner, type TimestampSignerOptions } from "./timestamp_signer.ts";

/** How {@link dumps} signs; the default salt is `"django.core.signing"`. */
export interface DumpsOptions extends Pick<TimestampSignerOptions, "key" | "salt" | "clock"> {
  /** Use zlib where that is shorter; off if not given. */
  compress?: boolean | undefined;
}

/** What {@link loads} believes; the default salt is `"django.core.signing"`. */
export interface LoadsOptions
  extends Pick<TimestampSignerOptions, "key" | "fallbackKeys" | "salt" | "clock">, MaxAgeOptions {
  /** The most bytes that the JSON may have when decompressed; 4 MiB if not given. */
  ceiling?: number | undefined;
}

/** `salt` of `signing.dumps` and `signing.loads`. */
const DEFAULT_SALT = "django.core.signing";

/**
 * Signs a value as URL-safe text. Mirrors `django.core.signing.dumps`.
 *
 * @throws {TypeError} where the value has no JSON
 * @throws {RangeError} where the key is empty
 *
 * @example A value for an unsubscribe link
 * ```ts
 * import { dumps, loads } from "@djauth/djauth";
 *
 * const text = dumps({ user: 7 }, { key: "secret" });
 * console.log(loads(text, { key: "secret", maxAge: 86400 })); // { user: 7 }
 * ```
 */
export function dumps(value: unknown, options: DumpsOptions): string {
  return dumpsText(stringifyPythonJson(value), options);
}

/**
 * The value of what {@link dumps} or Django's `signing.dumps` has written. Mirrors `django.core.signing.loads`.
 *
 * @throws {BadSignature} `bad_signature`
 * @throws {SignatureExpired} `signature_expired`: older than `maxAge` seconds
 * @throws {SyntaxError} well signed, but no JSON, or larger than `ceiling`
 * @throws {RangeError} where a key is empty
 *
 * @example What Django signed with `signing.dumps(pk, salt="unsubscribe")`, for a day
 * ```ts
 * import { BadSignature, loads } from "@djauth/djauth";
 *
 * export function unsubscribed(text: string, key: string): unknown {
 *   try {
 *     return loads(text, { key, salt: "unsubscribe", maxAge: 86_400 });
 *   } catch (error) {
 *     if (error instanceof BadSignature) return null;
 *     throw error;
 *   }
 * }
 * ```
 */
export function loads(text: string, options: LoadsOptions): unknown {
  return parsePythonJson(loadsText(text, options));
}

/**
 * {@link loads} without parsing: the JSON text as it was signed.
 *
 * @throws {BadSignature} `bad_signature`
 * @throws {SignatureExpired} `signature_expired`: older than `maxAge` seconds
 * @throws {SyntaxError} well signed, but nothing that `dumps` writes, or larger than `ceiling`
 * @throws {RangeError} where a key is empty
 */
export function loadsText(text: string, options: LoadsOptions): string {
  const verified = signer(options).verifyText(text, options);
  if (!("code" in verified)) return verified.text;
  if (verified.code === "undecodable") throw new SyntaxError("The signed value cannot be decoded");
  throw verified.code === "signature_expired" ? new SignatureExpired() : new BadSignature();
}

/**
 * {@link dumps} for JSON text that is there already, which is signed as it is.
 *
 * @throws {RangeError} where the text holds a character above U+00FF (JSON escapes those) or the key is empty
 */
export function dumpsText(text: string, options: DumpsOptions): string {
  return signer(options).signText(text, options);
}

function signer(options: Omit<TimestampSignerOptions, "sep" | "algorithm">): TimestampSigner {
  const { key, fallbackKeys, salt, clock } = options;
  return new TimestampSigner({ key, fallbackKeys, salt: salt || DEFAULT_SALT, clock });
}
