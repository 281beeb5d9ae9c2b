/** How Django normalises usernames and e-mail addresses before it stores them. */

import { pythonStrip } from "../internal/python/strip.ts";

/**
 * Normalises a username to the form in which Django stores it (NFKC), so that compatibility variants of a name are one
 * user.
 *
 * Mirrors `AbstractBaseUser.normalize_username`.
 *
 * @param username as it was entered
 * @returns the name to store and to look up
 *
 * @example A full-width letter
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
 * Converts the domain of an e-mail address to lower case; the part before the last `@` is kept.
 *
 * Mirrors `BaseUserManager.normalize_email`.
 *
 * @param email an address, or `null` for none
 * @returns the address; an empty string for `null`, and the input if it has no `@`
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
