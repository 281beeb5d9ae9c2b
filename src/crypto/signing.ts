/**
 * `dumps` and `loads` of `django/core/signing.py`: values as JSON, URL-safe, signed and dated. The layer below the JSON
 * is `TimestampSigner.signText` and `verifyText`.
 */

import { BadSignature, SignatureExpired } from "../errors.ts";
import { requireMethodOptions } from "../internal/option_checks.ts";
import { parsePythonJson, stringifyPythonJson } from "../internal/python/json.ts";
import { type MaxAgeOptions, TimestampSigner, type TimestampSignerOptions } from "./timestamp_signer.ts";

/** The options of {@link dumps}; the default salt is `"django.core.signing"`. */
export interface DumpsOptions extends Pick<TimestampSignerOptions, "key" | "salt" | "clock"> {
  /** Whether to use zlib if that is shorter; off if not given. */
  compress?: boolean | undefined;
}

/** The options of {@link loads}; the default salt is `"django.core.signing"`. */
export interface LoadsOptions
  extends Pick<TimestampSignerOptions, "key" | "fallbackKeys" | "salt" | "clock">, MaxAgeOptions {
  /** The maximum size of the decompressed JSON in bytes; 4 MiB if not given. */
  ceiling?: number | undefined;
}

/** The names of the options; one object may serve both functions. */
const OPTIONS: readonly (keyof DumpsOptions | keyof LoadsOptions)[] = [
  "key",
  "fallbackKeys",
  "salt",
  "clock",
  "compress",
  "maxAge",
  "ceiling",
];

/** The `salt` of `signing.dumps` and `signing.loads`. */
const DEFAULT_SALT = "django.core.signing";

/**
 * Signs a value as a URL-safe string. Mirrors `django.core.signing.dumps`.
 *
 * @param value anything JSON can represent
 * @returns the signed string, with the time of signing
 * @throws {TypeError} if JSON cannot represent the value, for a key that is neither a string nor bytes, and for an
 * unknown option
 * @throws {RangeError} if the key is empty
 *
 * @example Sign a value for an unsubscribe link
 * ```ts
 * import { dumps, loads } from "@djauth/djauth";
 *
 * const text = dumps({ user: 7 }, { key: "secret" });
 * console.log(loads(text, { key: "secret", maxAge: 86400 })); // { user: 7 }
 * ```
 */
export function dumps(value: unknown, options: DumpsOptions): string {
  requireMethodOptions("dumps()", options, OPTIONS);
  return dumpsText(stringifyPythonJson(value), options);
}

/**
 * Verifies the output of {@link dumps} or Django's `signing.dumps`. Mirrors `django.core.signing.loads`.
 *
 * @param text the signed string
 * @returns the value that was signed
 * @throws {BadSignature} `bad_signature`
 * @throws {SignatureExpired} `signature_expired`: older than `maxAge` seconds
 * @throws {SyntaxError} validly signed, but not JSON, or larger than `ceiling`
 * @throws {RangeError} if a key is empty
 * @throws {TypeError} for a key that is neither a string nor bytes, and for an unknown option
 *
 * @example Verify `signing.dumps(pk, salt="unsubscribe")` of Django, for a day
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
 * Verifies as {@link loads} does, without parsing: returns the JSON text as it was signed.
 *
 * @throws {BadSignature} `bad_signature`
 * @throws {SignatureExpired} `signature_expired`: older than `maxAge` seconds
 * @throws {SyntaxError} validly signed, but not by `dumps`, or larger than `ceiling`
 * @throws {RangeError} if a key is empty
 */
export function loadsText(text: string, options: LoadsOptions): string {
  // A misspelt `maxAge` would let expired signatures pass.
  requireMethodOptions("loads()", options, OPTIONS);
  const verified = signer(options).verifyText(text, options);
  if (!("code" in verified)) return verified.text;
  if (verified.code === "undecodable") throw new SyntaxError("The signed value cannot be decoded");
  throw verified.code === "signature_expired" ? new SignatureExpired() : new BadSignature();
}

/**
 * Signs JSON text as {@link dumps} does, unchanged.
 *
 * @throws {RangeError} if the text contains a character above U+00FF (JSON escapes those) or the key is empty
 */
export function dumpsText(text: string, options: DumpsOptions): string {
  return signer(options).signText(text, options);
}

function signer(options: Omit<TimestampSignerOptions, "sep" | "algorithm">): TimestampSigner {
  const { key, fallbackKeys, salt, clock } = options;
  return new TimestampSigner({ key, fallbackKeys, salt: salt || DEFAULT_SALT, clock });
}
