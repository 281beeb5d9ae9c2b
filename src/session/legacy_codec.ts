/**
 * The session data of Django 3.0 and older: base64 of `hash:json`, signed with HMAC-SHA1. Only read, and only on
 * request.
 */

import { createSaltedHmac } from "../crypto/salted_hmac.ts";
import { constantTimeEqual, latin1, toHex } from "../internal/bytes.ts";
import type { SecretKeys } from "../types.ts";

/** The start of Django 3.0's key salt; there was no dot before the name of the class. */
const KEY_SALT_PREFIX = "django.contrib.sessions";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const SEPARATOR = ":";

/** Creates a reader that returns the JSON text of legacy session data, or `null` if no key signed it. */
export function createLegacyReader(
  keys: SecretKeys,
  salt: string,
): (text: string) => { text: string } | null {
  const keySalt = KEY_SALT_PREFIX + salt.slice(salt.lastIndexOf(".") + 1);
  const hmacs = [keys.current, ...keys.fallbacks].map((key) => createSaltedHmac(keySalt, key, "sha1"));

  return (text) => {
    // The format first: atob throws on anything else.
    if (text.length % 4 !== 0 || !BASE64.test(text)) return null;
    const decoded = atob(text);
    const end = decoded.indexOf(SEPARATOR);
    const json = decoded.slice(end + 1);
    const bytes = latin1(json);
    if (end === -1 || bytes === null) return null;
    const digest = decoded.slice(0, end);
    const isSigned = hmacs.some((hmac) => constantTimeEqual(toHex(hmac(bytes)), digest));
    return isSigned ? { text: json } : null;
  };
}
