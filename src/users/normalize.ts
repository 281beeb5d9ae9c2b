/** How Django brings usernames and e-mail addresses into one form before they are stored. */

import { pythonStrip } from "../internal/python/strip.ts";

/**
 * A username in the form in which Django stores it (NFKC), so that look-alikes of one name are one user.
 *
 * Mirrors `AbstractBaseUser.normalize_username`.
 *
 * @example Letters of another width
 * ```ts
 * import { normalizeUsername } from "@djauth/djauth";
 *
 * console.log(normalizeUsername("Ｕser")); // "User"
 * ```
 */
export function normalizeUsername(username: string): string {
  return username.normalize("NFKC");
}

/**
 * An e-mail address with its domain in lower case; the part before the last `@` stays as it is.
 *
 * Mirrors `BaseUserManager.normalize_email`.
 *
 * @example The domain in lower case
 * ```ts
 * import { normalizeEmail } from "@djauth/djauth";
 *
 * console.log(normalizeEmail("Ada@EXAMPLE.com")); // "Ada@example.com"
 * ```
 */
export function normalizeEmail(email: string | null): string {
  const text = email ?? "";
  const stripped = pythonStrip(text);
  const at = stripped.lastIndexOf("@");
  return at === -1 ? text : stripped.slice(0, at + 1) + stripped.slice(at + 1).toLowerCase();
}
