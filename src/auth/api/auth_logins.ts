/**
 * Login, logout and the current user of a `DjangoAuth`, as users see them. The implementation is in `login/` and
 * `identity/`.
 */

import { namesOf } from "../../internal/names_of.ts";
import { quoted, requireMethodOptions } from "../../internal/option_checks.ts";
import { Session } from "../../session/session.ts";
import type { StoredSession } from "../../session/store.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import { chooseBackend, requireLogoutBackend, usualBackend } from "../login/backends.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { AuthCore } from "../core/core.ts";
import { type CsrfChoice, guardCsrf } from "../guards/csrf_guard.ts";
import { identifySession } from "../identity/session_identity.ts";
import type { LoginBackend } from "../options/login_backend.ts";
import { type LoginSubject, requireSubject, subjectOf } from "../login/login_subject.ts";
import { loginWithSession, loginWithTokens, logoutTokens } from "../login/request_logins.ts";
import { makeTicket } from "../login/make_ticket.ts";
import { logout } from "../login/session_login.ts";
import { identifyToken } from "../identity/token_identity.ts";
import { requireTokens } from "../core/token_service.ts";

/** Options of `login()`. */
export interface LoginOptions extends CsrfChoice {
  /**
   * Where the login is kept: `"session"`, or `"jwt"` for a pair of tokens, which go into cookies if `jwt.cookies` is
   * given. An entry of `authenticationBackends` means a session that names it. By default `defaultBackend` of this
   * `djangoAuth()`, or else what `setDefaultBackend()` was called with.
   */
  backend?: LoginBackend | (string & Record<never, never>);
}

/** Options of `logout()`. */
export interface LogoutOptions extends CsrfChoice {
  /** Which login to end; by default, every one that the request carries. */
  backend?: LoginBackend;
  /** A refresh token from the request body, to be blacklisted. */
  refresh?: unknown;
}

/** The methods of a `DjangoAuth` for logins. */
export interface AuthLogins<Row extends object = DjangoUserRow> {
  /**
   * Logs a user in. The session gets a new key, or is emptied first if it was another user's; the CSRF token is rotated
   * and `last_login` is written. With `{ backend: "jwt" }`, a pair of tokens is issued, which `(await
   * context.jwt()).tokens()` returns. Another user's tokens in cookies end as by a logout. `context.finish` sends the
   * cookies. Mirrors `django.contrib.auth.login`.
   *
   * @param user a user, or the id of one: `{ userId: 7 }`
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {AuthenticationError} `user_not_found` for an id that does not exist; `wrong_password` for tokens of a user
   * whose password has changed since it was checked
   * @throws {DjauthError} `method_not_allowed` for a safe method, unless `{ csrf: false }`; `body_too_large` for a form
   * beyond 2.5 MB or 1,000 fields; `user_deleted` if the user has been deleted in the meantime
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not write sessions, `last_login` or the token
   * tables
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   * @throws {ImproperlyConfigured} `improperly_configured` for tokens without the option `jwt`
   * @throws {TypeError} for a backend that is not configured, for neither or both of user and id, for further fields
   * beside an id, for an invalid id, and for tokens of a user without a value in the column `jwt.userIdField`
   *
   * @example A pair of tokens, for a mobile app
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
   * Logs out: deletes the session's row and cookie; blacklists the refresh token, with all its descendants if it was
   * already rotated (reported as `token.reused`); and deletes the token cookies. A sliding or refresh token used as a
   * credential (`jwt.authTokenClasses`) is blacklisted too; an access token remains valid until it expires, unless
   * `jwt.checkAccessTokens` is on. Mirrors `django.contrib.auth.logout`.
   *
   * For the rest of this request nobody is signed in, even if `backend` leaves another login of the request untouched.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {DjauthError} `method_not_allowed` for a safe method, unless `{ csrf: false }`; `body_too_large` for a form
   * beyond 2.5 MB or 1,000 fields
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not delete sessions or write the blacklist
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   * @throws {TypeError} for an unknown backend
   *
   * @example Back to the home page
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
   * Returns the user of a request, or `null`: `context.user()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   * @throws {TypeError} for anything but a context, such as the request
   *
   * @example A greeting by name
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
   * Returns the user id that a request names, or `null`: `context.userId()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   * @throws {TypeError} for anything but a context, such as the request
   *
   * @example A cache key
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
   * Returns the user of a token after the same checks as for a request; `null` for a token that is not accepted.
   *
   * @param token the bare token, without the type that precedes it in a header
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   * @throws {KeysUnavailable} `keys_unavailable` if keys must be fetched and cannot be
   * @throws {TypeError} for anything but a string, such as a context
   *
   * @example A token in the request body
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
   * Returns the user of a session after the same checks as for a request; `null` if nobody is logged in to it.
   *
   * @param session a session, used as it is in memory, or a session key
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users
   * @throws {TypeError} for anything but a session or a string
   *
   * @example A session key from another source
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
   * Creates a ticket that carries the login of this request over to a socket: `new WebSocket("/live?ticket=" +
   * ticket)`. Valid for one upgrade within 30 seconds. For pages that cannot send their cookie or token with an
   * upgrade.
   *
   * @throws {NotAuthenticated} with the reason, if nobody is signed in
   * @throws {SessionError} `session_deleted` if this request has changed a session that was deleted in the meantime
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not write sessions, where tickets are kept
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   *
   * @example For a page's script
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

const LOGIN_OPTIONS = namesOf<LoginOptions>({ backend: true, csrf: true });
const LOGOUT_OPTIONS = namesOf<LogoutOptions>({ backend: true, refresh: true, csrf: true });

/** Creates the login methods of a site. */
export function createLogins<Row extends object>(core: AuthCore<Row>): AuthLogins<Row> {
  return {
    async login(context, user, options = {}) {
      const state = stateOf(context);
      // First, so that a programming error surfaces whatever the request is like.
      requireMethodOptions("login()", options, LOGIN_OPTIONS);
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
      requireMethodOptions("logout()", options, LOGOUT_OPTIONS);
      requireLogoutBackend(options.backend);
      await guardCsrf(state, "logout", options);
      // The session first: a failure to blacklist the tokens must not keep it alive.
      if (options.backend !== "jwt") await logout(state);
      if (options.backend !== "session") await logoutTokens(state, options.refresh);
      state.setIdentity(null);
    },

    async getUser(context) {
      // Throws for a Request passed in place of its context.
      stateOf(context);
      return await context.user();
    },

    async getUserId(context) {
      stateOf(context);
      return await context.userId();
    },

    async getUserFromJwt(token) {
      const service = requireTokens(core);
      if (typeof token !== "string") {
        throw new TypeError(`getUserFromJwt() got ${quoted(token)}, expected a token as a string`);
      }
      const type = service.transport.headerTypes.find((name) => token.startsWith(`${name} `));
      if (type !== undefined) core.hints.headerTypeInToken(type);
      return (await identifyToken(token, service, core)).user;
    },

    getUserFromSession: async (session) => (await identifySession(storedFrom(session, core), core)).user,

    createTicket: async (context) => await makeTicket(stateOf(context)),
  };
}

/**
 * Reads a session as it is stored: by its key, or as it is in memory.
 *
 * @throws {TypeError} for anything else
 */
async function storedFrom<Row extends object>(
  session: Session | string,
  { sessions }: Pick<AuthCore<Row>, "sessions">,
): Promise<StoredSession | null> {
  if (typeof session === "string") return await sessions.load(session);
  if (!(session instanceof Session)) {
    // Only its type: what was passed in place of a session may hold a session key.
    const given = session === null ? "null" : typeof session;
    throw new TypeError(`getUserFromSession() got ${given}, expected a session or a session key`);
  }
  if (!session.isLoaded) await session.load();
  // A session that was never saved, or is gone, has no user.
  return { payload: session.payload(), expireDate: session.getExpiryDate() };
}
