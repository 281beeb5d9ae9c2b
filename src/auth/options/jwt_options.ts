/** The option `jwt` of `djangoAuth()`: simplejwt's own settings, and how tokens travel, which simplejwt leaves to others. */

import type { JwtOptions } from "../../jwt/options/options.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { CookieOptions } from "./cookie_options.ts";

/**
 * A place where a request may carry a login. Beside these, a socket may bring a token as a subprotocol; it ranks with the
 * header.
 */
export type CredentialPlace = "header" | "cookie" | "session";

/** The cookies that tokens are kept in. */
export interface JwtCookieOptions {
  /** That of the access token: `access_token` on `/`, `HttpOnly` and `Secure` if not said otherwise. */
  access?: CookieOptions;
  /**
   * That of the refresh token: `refresh_token`, otherwise alike. A `cookiePath` keeps it from all other requests: only below
   * it can a logout blacklist the token, and `jwt.set()` reach its claims.
   */
  refresh?: CookieOptions;
}

/** `SIMPLE_JWT`, and how tokens travel. */
export interface JwtAuthOptions<Row extends object = DjangoUserRow> extends JwtOptions<User<Row>> {
  /**
   * Keeps tokens in cookies; `true` for their defaults. Not given, no cookie is a token. Browsers send cookies along from
   * other sites' pages as well, so that the rules on CSRF and Origin hold as for sessions.
   */
  cookies?: boolean | JwtCookieOptions;
  /**
   * The field of the query that may hold an access token, such as `"token"`. Addresses end up in logs and histories: not
   * given, no query is a credential.
   */
  queryToken?: string;
  /**
   * Which logins of a request are believed, the first one first; `["header", "cookie", "session"]` if not given. One that is
   * not named is not looked at. Two that name different users are refused, whatever their order.
   */
  precedence?: readonly CredentialPlace[];
  /**
   * Whether access tokens are looked up in the blacklist as well: a query more for each request, after which a logout
   * ends them at once. `false` if not given, as in simplejwt. Of those that open a socket it is asked in any case.
   */
  checkAccessTokens?: boolean;
  /**
   * Seconds that a socket lives on after its token has expired, for the next one to come; 25 if not given. Never less than
   * `leeway`.
   */
  socketGrace?: number;
}
