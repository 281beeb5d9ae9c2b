/** A cookie that djauth sets: as the options have it, and decided. */

import type { SameSite } from "../../types.ts";

/** The attributes of a cookie that djauth sets, as Django's `*_COOKIE_*` settings. */
export interface CookieOptions {
  /** `*_COOKIE_NAME`. */
  cookieName?: string;
  /** `*_COOKIE_DOMAIN`; `null` (the default) binds the cookie to the host. */
  cookieDomain?: string | null;
  /** `*_COOKIE_PATH`, by default `/`. */
  cookiePath?: string;
  /**
   * `*_COOKIE_SECURE`: by default `false`, as in Django, but `true` for tokens. Set it to `true` wherever the site is served
   * over HTTPS.
   */
  cookieSecure?: boolean;
  /** `*_COOKIE_HTTPONLY`: by default `true`, but `false` for the CSRF token. */
  cookieHttpOnly?: boolean;
  /** `*_COOKIE_SAMESITE`, by default `"Lax"`. */
  cookieSameSite?: SameSite;
}

/** The attributes of a cookie, all decided. */
export interface CookieSettings {
  readonly name: string;
  readonly domain: string | null;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: SameSite;
}
