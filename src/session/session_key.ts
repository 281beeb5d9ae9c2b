/** Session keys: making one, and telling what may be one before it reaches a storage. */

import { randomString, SESSION_KEY_CHARS } from "../internal/random.ts";
import type { RandomBytes } from "../types.ts";

const KEY_LENGTH = 32;
/** `_validate_session_key` of `django/contrib/sessions/backends/base.py`: shorter ones are no keys. */
const MIN_KEY_LENGTH = 8;

// The column is a varchar(40); printable ASCII keeps NUL and broken text away from the database driver.
const SHAPE = /^[!-~]{8,40}$/;

/** A new key: 32 of `a-z0-9`, as `SessionBase._get_new_session_key` makes it. */
export function createSessionKey(randomBytes: RandomBytes): string {
  return randomString(KEY_LENGTH, SESSION_KEY_CHARS, randomBytes);
}

/** Whether a text may be the key of a stored session; everything else must not cost a query. */
export function isSessionKeyShape(text: string): boolean {
  return SHAPE.test(text);
}

/** What Django's `SessionBase` makes of a key that it is given: one that is too short is none. */
export function sessionKeyOrNull(text: string | null | undefined): string | null {
  return text != null && text.length >= MIN_KEY_LENGTH ? text : null;
}
