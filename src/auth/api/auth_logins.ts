/**
 * Logins of a `DjangoAuth`, and the questions who is logged in. What they do is in `login/` and `identity/`; here is what
 * users read about them.
 */

import { quoted, requireTaken } from "../../internal/option_checks.ts";
import type { Session } from "../../session/session.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import { chooseBackend, requireLogoutBackend, usualBackend } from "../login/backends.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { AuthCore } from "../core/core.ts";
import { type CsrfChoice, guardCsrf } from "../guards/csrf_guard.ts";
import { identifySession, storedFrom } from "../identity/session_identity.ts";
import type { LoginBackend } from "../options/login_backend.ts";
import { type LoginSubject, requireSubject, subjectOf } from "../login/login_subject.ts";
import { loginWithSession, loginWithTokens, logoutTokens } from "../login/request_logins.ts";
import { makeTicket } from "../login/make_ticket.ts";
import { logout } from "../login/session_login.ts";
import { identifyToken } from "../identity/token_identity.ts";
import { requireTokens } from "../core/token_service.ts";

/** How a login is made. */
export interface LoginOptions extends CsrfChoice {
  /**
   * Where the login is kept: `"session"`, or `"jwt"` for a pair of tokens, in cookies where `jwt.cookies` is given. One of
   * `authenticationBackends` means a session that names it. Not given, `defaultBackend` of this `djangoAuth()`, else what
   * `setDefaultBackend()` said.
   */
  backend?: LoginBackend | (string & Record<never, never>);
}

/** How a logout is made. */
export interface LogoutOptions extends CsrfChoice {
  /** Which login ends; not given, every one that the request carries. */
  backend?: LoginBackend;
  /** A refresh token that came in the body, to be blacklisted. */
  refresh?: unknown;
}

/** What a `DjangoAuth` knows of logins. */
export interface AuthLogins<Row extends object = DjangoUserRow> {
  /**
   * Logs a user in. Into a session: it gets a new key, or is emptied where it was another user's; the CSRF token is renewed
   * and `last_login` written. With `{ backend: "jwt" }`, into a pair of tokens: `(await context.jwt()).tokens()` has them.
   * Another user's tokens in cookies end as by a logout. Cookies go out with `context.finish`. Mirrors
   * `django.contrib.auth.login`.
   *
   * @param user a user, or the id of one: `{ userId: 7 }`
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {AuthenticationError} `user_not_found` for an id that nobody has; `wrong_password` for tokens of a user whose
   * password has changed since it was checked
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields; `user_deleted` when the user is gone
   * meanwhile
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not write sessions, `last_login`, or the tables of
   * tokens
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   * @throws {ImproperlyConfigured} `improperly_configured` for tokens without the option `jwt`
   * @throws {TypeError} for a GET request, for a backend that is not configured, for neither or both of user and id, for
   * anything beside an id, for an id that is none, and for tokens of a user who has no value in the column `jwt.userIdField`
   *
   * @example Into a pair of tokens, for an app
   * ```ts
   * import type { DjangoAuth, RequestContext, SignedTokens, User } from "@djauth/djauth";
   *
   * export async function tokensFor(auth: DjangoAuth, context: RequestContext, user: User): Promise<SignedTokens | null> {
   *   await auth.login(context, user, { backend: "jwt", csrf: false });
   *   return await (await context.jwt()).tokens();
   * }
   * ```
   */
  login(context: RequestContext<Row>, user: LoginSubject<Row>, options?: LoginOptions): Promise<User<Row>>;

  /**
   * Logs out: the session's row and cookie end; the refresh token is blacklisted, with all that came of it where it was
   * rotated already (`token.reused` tells of that), and the cookies of tokens are deleted. A sliding or refresh token that
   * signs in itself (`jwt.authTokenClasses`) ends as well; an access token lives on until it expires, unless
   * `jwt.checkAccessTokens` is on. Mirrors `django.contrib.auth.logout`.
   *
   * For the rest of this request nobody is signed in, even where `backend` leaves another login that it carries as it is.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not delete sessions, or write the blacklist
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   * @throws {TypeError} for a GET request, and for an unknown backend
   *
   * @example Back to the first page
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function logOut(auth: DjangoAuth, context: RequestContext): Promise<Response> {
   *   await auth.logout(context);
   *   return new Response(null, { status: 302, headers: { location: "/" } });
   * }
   * ```
   */
  logout(context: RequestContext<Row>, options?: LogoutOptions): Promise<void>;

  /**
   * The user whom a request comes from: `context.user()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   * @throws {TypeError} for what is no context, such as the request
   *
   * @example The name in a greeting
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function greeting(auth: DjangoAuth, context: RequestContext): Promise<string> {
   *   return `Hello ${(await auth.getUser(context))?.username ?? "stranger"}`;
   * }
   * ```
   */
  getUser(context: RequestContext<Row>): Promise<User<Row> | null>;

  /**
   * The id that a request names: `context.userId()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   * @throws {TypeError} for what is no context, such as the request
   *
   * @example What a cache is keyed by
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function cacheKey(auth: DjangoAuth, context: RequestContext): Promise<string> {
   *   return `${context.request.url} for ${await auth.getUserId(context) ?? "strangers"}`;
   * }
   * ```
   */
  getUserId(context: RequestContext<Row>): Promise<UserId | null>;

  /**
   * The user whom a token signs in, with all that is checked of a request's; `null` for one that signs nobody in.
   *
   * @param token any text, alone: without the type that stands before it in a header
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   * @throws {TypeError} for what is no text, such as a context
   *
   * @example A token that came in the body
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function sender(auth: DjangoAuth, request: Request): Promise<string | null> {
   *   const { token } = await request.json();
   *   return typeof token === "string" ? (await auth.getUserFromJwt(token))?.username ?? null : null;
   * }
   * ```
   */
  getUserFromJwt(token: string): Promise<User<Row> | null>;

  /**
   * The user who is logged in to a session, with all that is checked of a request's; `null` where nobody is.
   *
   * @param session a session, as it is in memory, or the key of one
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for what is neither a session nor a text
   *
   * @example A session whose key came from elsewhere
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function ownerOf(auth: DjangoAuth, sessionKey: string): Promise<string | null> {
   *   return (await auth.getUserFromSession(sessionKey))?.username ?? null;
   * }
   * ```
   */
  getUserFromSession(session: Session | string): Promise<User<Row> | null>;

  /**
   * A ticket for one upgrade, which brings the login of this request to a socket: `new WebSocket("/live?ticket=" + ticket)`.
   * Good once and for 30 seconds. For pages whose cookie or token cannot go with an upgrade.
   *
   * @throws {NotAuthenticated} with the reason, where nobody is signed in
   * @throws {SessionError} `session_deleted` where this request has changed a session that was ended meanwhile
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not write sessions: a ticket is a row there
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   *
   * @example For the script of a page
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function ticketFor(auth: DjangoAuth, context: RequestContext): Promise<Response> {
   *   return Response.json({ ticket: await auth.createTicket(context) });
   * }
   * ```
   */
  createTicket(context: RequestContext<Row>): Promise<string>;
}

/** The logins of a site. */
export function createLogins<Row extends object>(core: AuthCore<Row>): AuthLogins<Row> {
  return {
    async login(context, user, options = {}) {
      const state = stateOf(context);
      // A mistake of the program is told whatever the request is like.
      requireTaken("login()", options, ["backend", "csrf"]);
      const backend = chooseBackend(core, options.backend);
      requireSubject(user);
      await guardCsrf(state, "login", options);
      const known = await subjectOf(core, user);
      if (backend.kind === "jwt") await loginWithTokens(state, known);
      else await loginWithSession(state, known, backend.path ?? usualBackend(core, known));
      return known;
    },

    async logout(context, options = {}) {
      const state = stateOf(context);
      requireTaken("logout()", options, ["backend", "refresh", "csrf"]);
      requireLogoutBackend(options.backend);
      await guardCsrf(state, "logout", options);
      // The session first: whatever keeps the tokens from being blacklisted must not keep it alive.
      if (options.backend !== "jwt") await logout(state);
      if (options.backend !== "session") await logoutTokens(state, options.refresh);
      state.becomes(null);
    },

    getUser(context) {
      // A request in its place is told so.
      stateOf(context);
      return context.user();
    },

    getUserId: (context) => context.userId(),

    async getUserFromJwt(token) {
      const service = requireTokens(core);
      if (typeof token !== "string") {
        throw new TypeError(`getUserFromJwt() got ${quoted(token)}, expected the text of a token`);
      }
      const type = service.transport.headerTypes.find((name) => token.startsWith(`${name} `));
      if (type !== undefined) core.hints.headerTypeInToken(type);
      return (await identifyToken(token, service, core)).user;
    },

    getUserFromSession: async (session) => (await identifySession(storedFrom(session, core), core)).user,

    createTicket: (context) => makeTicket(stateOf(context)),
  };
}
