/**
 * The option `jwt` of `djangoAuth()`: simplejwt's own settings, and token transport, which simplejwt leaves to others.
 */

import type { JwtOptions } from "../../jwt/options/options.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { CookieOptions } from "./cookie_options.ts";

/**
 * A place where a request may carry a login. A socket may also send a token as a subprotocol, which ranks with the
 * header.
 */
export type CredentialPlace = "header" | "cookie" | "session";

/** The cookies in which tokens are kept. */
export interface JwtCookieOptions {
  /** The cookie of the access token: by default `access_token` on `/`, `HttpOnly` and `Secure`. */
  access?: CookieOptions;
  /**
   * The cookie of the refresh token: `refresh_token` by default, otherwise the same. With a `cookiePath`, other
   * requests do not carry it: only below that path can a logout blacklist the token and `jwt.set()` change its claims.
   */
  refresh?: CookieOptions;
}

/** `SIMPLE_JWT`, and how tokens are transported. */
export interface JwtAuthOptions<Row extends object = DjangoUserRow> extends JwtOptions<User<Row>> {
  /**
   * Keeps tokens in cookies; `true` for the defaults. If not given, no cookie is read as a token. Browsers also send
   * cookies from other sites' pages, so the rules on CSRF and Origin apply as for sessions.
   */
  cookies?: boolean | JwtCookieOptions;
  /**
   * The query parameter that may hold an access token, such as `"token"`. By default the query is never a credential,
   * since URLs end up in logs and browser histories.
   */
  queryToken?: string;
  /**
   * The places where a login is looked for, in order; `["header", "cookie", "session"]` by default. A place that is not
   * listed is ignored. Two logins of different users are refused, whatever their order.
   */
  precedence?: readonly CredentialPlace[];
  /**
   * Whether access tokens are looked up in the blacklist as well: one more query per request, and in return a logout
   * ends them immediately. `false` by default, as in simplejwt. Access tokens that open a socket are always looked up.
   */
  checkAccessTokens?: boolean;
  /**
   * Seconds that a socket stays open after its token has expired, waiting for the next one; 25 by default. Never less
   * than `leeway`.
   */
  socketGrace?: number;
}
