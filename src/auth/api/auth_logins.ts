/** Logins as methods, and the questions who is logged in. What they do is in `session_login.ts`, `token_login.ts` and `session_identity.ts`. */

import type { Session } from "../../session/session.ts";
import type { User } from "../../users/user.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import { AuthAccounts } from "./auth_accounts.ts";
import { chooseBackend, requireOutBackend } from "../login/backends.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { AuthCore } from "../core/core.ts";
import { type CsrfChoice, guardCsrf } from "../guards/csrf_guard.ts";
import { identifySession, storedFrom } from "../identity/session_identity.ts";
import type { LoginBackend } from "../options/login_backend.ts";
import { type LoginSubject, subjectOf } from "../login/login_subject.ts";
import { loginWithSession, loginWithTokens, logoutSession, logoutTokens } from "../login/request_logins.ts";
import { makeTicket } from "../login/make_ticket.ts";
import { TokenEndpoints } from "../token_views/token_endpoints.ts";
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
export class AuthLogins<Row extends object = DjangoUserRow> extends AuthAccounts<Row> {
  readonly #core: AuthCore<Row>;
  #tokens: TokenEndpoints<Row> | undefined;

  /** Stands on this. */
  constructor(core: AuthCore<Row>) {
    super(core);
    this.#core = core;
  }

  /**
   * Logs a user in. Into a session: it gets a new key, or is emptied where it was another user's; the CSRF token is renewed
   * and `last_login` written. With `{ backend: "jwt" }`, into a pair of tokens: `(await context.jwt()).tokens()` has them.
   * Cookies go out with `context.finish`. Mirrors `django.contrib.auth.login`.
   *
   * @param user a user, or the id of one: `{ userId: 7 }`
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {AuthenticationError} `user_not_found` for an id that nobody has; `wrong_password` for tokens of a user whose
   * password has changed since it was checked
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields; `user_deleted` when the user is gone
   * meanwhile
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {ImproperlyConfigured} `improperly_configured` for tokens without the option `jwt`
   * @throws {TypeError} for a GET request, for a backend that is not configured, for neither or both of user and id, and for
   * an id that is none
   */
  async login(
    context: RequestContext<Row>,
    user: LoginSubject<Row>,
    options: LoginOptions = {},
  ): Promise<User<Row>> {
    const state = stateOf(context);
    const backend = chooseBackend(this.#core, options.backend);
    await guardCsrf(state, "login", options);
    const known = await subjectOf(this.#core, user);
    if (backend.kind === "jwt") await loginWithTokens(state, known);
    else await loginWithSession(state, known, backend.path);
    return known;
  }

  /**
   * Logs out: the session's row and cookie end; the refresh token is blacklisted, and the cookies of tokens are deleted. An
   * access token lives on until it expires, unless `jwt.checkAccessTokens` is on. Mirrors `django.contrib.auth.logout`.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a GET request, and for an unknown backend
   */
  async logout(context: RequestContext<Row>, options: LogoutOptions = {}): Promise<void> {
    const state = stateOf(context);
    requireOutBackend(options.backend);
    await guardCsrf(state, "logout", options);
    if (options.backend !== "session") await logoutTokens(state, options.refresh);
    if (options.backend !== "jwt") await logoutSession(state);
    state.becomes(null);
  }

  /**
   * The user whom a request comes from: `context.user()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  getUser(context: RequestContext<Row>): Promise<User<Row> | null> {
    return context.user();
  }

  /**
   * The id that a request names: `context.userId()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  getUserId(context: RequestContext<Row>): Promise<UserId | null> {
    return context.userId();
  }

  /**
   * The user whom a token signs in, with all that is checked of a request's; `null` for one that signs nobody in.
   *
   * @param token whatever a stranger sent
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   * @throws {DjauthError} `keys_unavailable` where the keys have to be fetched and cannot be
   */
  async getUserFromJwt(token: unknown): Promise<User<Row> | null> {
    const service = requireTokens(this.#core);
    return typeof token === "string" ? (await identifyToken(token, service, this.#core)).user : null;
  }

  /**
   * The user who is logged in to a session, with all that is checked of a request's; `null` where nobody is.
   *
   * @param session a session, as it is in memory, or the key of one
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  async getUserFromSession(session: Session | string): Promise<User<Row> | null> {
    return (await identifySession(await storedFrom(session, this.#core), this.#core)).user;
  }

  /**
   * A ticket for one upgrade, which brings the login of this request to a socket: `new WebSocket("/live?ticket=" + ticket)`.
   * Good once and for 30 seconds. For pages whose cookie or token cannot go with an upgrade.
   *
   * @throws {NotAuthenticated} with the reason, where nobody is signed in
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  createTicket(context: RequestContext<Row>): Promise<string> {
    return makeTicket(stateOf(context));
  }

  /**
   * simplejwt's endpoints, and the upkeep of its tables.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   */
  get tokens(): TokenEndpoints<Row> {
    return this.#tokens ??= new TokenEndpoints(this.#core, requireTokens(this.#core));
  }
}
