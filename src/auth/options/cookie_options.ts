/** The attributes of a cookie that djauth sets: as options, and resolved with defaults. */

import type { SameSite } from "../../types.ts";

/** The attributes of a cookie that djauth sets, Django's `*_COOKIE_*` settings. */
export interface CookieOptions {
  /** `*_COOKIE_NAME`. */
  cookieName?: string;
  /** `*_COOKIE_DOMAIN`; `null` (the default) binds the cookie to the host. */
  cookieDomain?: string | null;
  /** `*_COOKIE_PATH`, `/` by default. */
  cookiePath?: string;
  /**
   * `*_COOKIE_SECURE`: `false` by default, as in Django, but `true` for tokens. Set it to `true` if the site is served
   * over HTTPS.
   */
  cookieSecure?: boolean;
  /** `*_COOKIE_HTTPONLY`: `true` by default, but `false` for the CSRF token. */
  cookieHttpOnly?: boolean;
  /** `*_COOKIE_SAMESITE`, `"Lax"` by default. */
  cookieSameSite?: SameSite;
}

/** The attributes of a cookie, with defaults applied. */
export interface CookieSettings {
  readonly name: string;
  readonly domain: string | null;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: SameSite;
}
