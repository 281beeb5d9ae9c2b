/** Session keys: creating new ones, and rejecting malformed ones before they reach a storage. */

import { randomString, SESSION_KEY_CHARS } from "../internal/random.ts";
import type { RandomBytes } from "../types.ts";

const KEY_LENGTH = 32;
/** From `_validate_session_key` of `django/contrib/sessions/backends/base.py`. */
const MIN_KEY_LENGTH = 8;

// The column is a varchar(40); printable ASCII keeps NUL and lone surrogates away from the database driver.
const SHAPE = /^[!-~]{8,40}$/;

/** Returns a new key: 32 characters of `a-z0-9`. Mirrors `SessionBase._get_new_session_key`. */
export function newSessionKey(randomBytes: RandomBytes): string {
  return randomString(KEY_LENGTH, SESSION_KEY_CHARS, randomBytes);
}

/** Returns whether a string may be the key of a stored session; anything else must not cost a query. */
export function isSessionKeyShape(text: string): boolean {
  return SHAPE.test(text);
}

/** Returns the key, or `null` if it is too short, as Django's `SessionBase` does. */
export function sessionKeyOrNull(text: string | null | undefined): string | null {
  return text != null && text.length >= MIN_KEY_LENGTH ? text : null;
}
