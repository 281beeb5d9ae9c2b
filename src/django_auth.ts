/**
 * `djangoAuth()`: puts the parts together behind one object. It stands above the sockets and below the adapters, and
 * decides nothing itself.
 */

import { createUser, type NewUser, replacePassword, requireHarmless } from "./auth/accounts.ts";
import { AuthGuards } from "./auth/auth_guards.ts";
import { authenticate, type Credentials } from "./auth/authenticate.ts";
import { RequestContext, type RequestInfo, stateOf } from "./auth/context.ts";
import type { AuthCore } from "./auth/core.ts";
import type { EventCount } from "./auth/counters.ts";
import { createCore } from "./auth/create_core.ts";
import { type CsrfChoice, guardCsrf } from "./auth/csrf_guard.ts";
import type { Handler } from "./auth/guards.ts";
import { type ErrorHandler, handle } from "./auth/handle.ts";
import { login, logout, requireBackend, requireUser, updateSessionAuthHash } from "./auth/login.ts";
import type { DjangoAuthOptions } from "./auth/options.ts";
import { RequestState } from "./auth/request_state.ts";
import { TokenEndpoints } from "./auth/token_endpoints.ts";
import { requireTokens } from "./auth/token_service.ts";
import type { Database } from "./database.ts";
import type { SessionStore } from "./session/store.ts";
import { type Connector, createConnector } from "./sockets/connector.ts";
import type { AnonymousRule, SocketHandlers, UpgradeOptions } from "./sockets/options.ts";
import { SocketNode } from "./sockets/node.ts";
import { redeem } from "./sockets/redeem.ts";
import { Sockets } from "./sockets/sockets.ts";
import { decideAlone, type UpgradeDecision } from "./sockets/upgrade.ts";
import type { Triggers } from "./stores/triggers.ts";
import type { User } from "./users/user.ts";
import type { DjangoUserRow, UserId, UserTable } from "./users/user_table.ts";

/** How a login is made. */
export interface LoginOptions extends CsrfChoice {
  /** Which of `authenticationBackends` the session names; the first if not given. */
  backend?: string;
}

/** The constructor, for {@link djangoAuth} only. */
let construct: <Row extends object>(options: DjangoAuthOptions<Row>) => DjangoAuth<Row>;

/** How an account is made for a visitor. */
export interface RegisterOptions<Row extends object = DjangoUserRow> extends CsrfChoice {
  /** Columns that a visitor may set beside username, e-mail address, password, `first_name` and `last_name`. */
  fields?: readonly (keyof Row & string)[];
}

/**
 * Django's identity for one server. Made by {@link djangoAuth}.
 *
 * @example A login handler
 * ```ts
 * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
 *
 * export async function logIn(auth: DjangoAuth, context: RequestContext): Promise<Response> {
 *   const form = await context.formData();
 *   const user = await auth.authenticate({
 *     username: form.get("username"),
 *     password: form.get("password"),
 *   });
 *   await auth.login(context, user);
 *   return new Response(null, { status: 302, headers: { location: await auth.safeNext(context, "/") } });
 * }
 * ```
 */
export class DjangoAuth<Row extends object = DjangoUserRow> extends AuthGuards<Row> {
  readonly #core: AuthCore<Row>;
  readonly #database: Database;
  readonly #node: SocketNode<Row>;
  #tokens: TokenEndpoints<Row> | undefined;
  /** The live sockets of this node. */
  readonly sockets: Sockets<Row>;
  /** The triggers that tell of what ends a login, so that its sockets close at once. */
  readonly triggers: Triggers;

  static {
    construct = (options) => new DjangoAuth(options);
  }

  /** {@link djangoAuth} makes one: it alone knows that the rows are those of `users`. */
  private constructor(options: DjangoAuthOptions<Row>) {
    super();
    const { core, database, triggers } = createCore(options);
    this.#core = core;
    this.#database = database;
    this.#node = new SocketNode(core);
    this.triggers = triggers;
    this.sockets = new Sockets(this.#node);
  }

  /** The sessions in their storage, for upkeep: `auth.sessions.clearExpired()` is Django's `clearsessions`. */
  get sessions(): SessionStore {
    return this.#core.sessions;
  }

  /**
   * How often each event happened since start, by type and code, for counters of your own.
   *
   * @example As Prometheus reads it
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export function metrics(auth: DjangoAuth): Response {
   *   const lines = auth.counts().map(({ type, code, count }) =>
   *     `djauth_events_total{type="${type}",code="${code}"} ${count}\n`
   *   );
   *   return new Response([...lines, `djauth_sockets ${auth.sockets.count}\n`].join(""));
   * }
   * ```
   */
  counts(): EventCount[] {
    return this.#core.counters.read();
  }

  /**
   * simplejwt's endpoints, and the upkeep of its tables.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   */
  get tokens(): TokenEndpoints<Row> {
    return this.#tokens ??= new TokenEndpoints(this.#core, requireTokens(this.#core));
  }

  /** The context of a request, for a router of your own; end it with `context.finish(response)`. */
  context(request: Request, info: RequestInfo = {}): RequestContext<Row> {
    return new RequestContext(new RequestState(this.#core, request), info);
  }

  /**
   * A request from its arrival to its response: context, handler, `finish`, and a problem response for errors of
   * djauth. What the adapters are made of.
   *
   * @param onError makes the response to any other error; 500 if not given
   * @throws {unknown} what `onError` throws, and nothing else: an error of djauth's, or of the handler, is a response
   */
  handle(
    request: Request,
    handler: Handler<Row>,
    info: RequestInfo = {},
    onError?: ErrorHandler,
  ): Promise<Response> {
    return handle(this.#core, request, handler, info, onError);
  }

  /**
   * Decides about an upgrade to a WebSocket: Origin, user, condition. What the adapters are made of.
   *
   * @returns the socket to be, or the refusal with its close code, reason and HTTP response; never throws
   */
  upgrade<Data = undefined, const Anonymous extends AnonymousRule = false>(
    request: Request,
    options: UpgradeOptions<Row, Data, Anonymous> = {},
    info: RequestInfo = {},
  ): Promise<UpgradeDecision<Row, Data, Anonymous>> {
    return decideAlone(this.#node, request, options, info);
  }

  /**
   * Decides about the upgrades of a server and carries their sockets' events to handlers. What the adapters are made of.
   *
   * @param runtimeOptions the names of further options of `websocket`, which the runtime takes
   * @throws {ImproperlyConfigured} `improperly_configured` for an option that is unknown or cannot be, as a path without `/`
   */
  connector<Data, Anonymous extends AnonymousRule>(
    handlers: SocketHandlers<Row, Data, Anonymous>,
    runtimeOptions: readonly string[] = [],
  ): Connector<Row> {
    return createConnector(this.#node, handlers, runtimeOptions);
  }

  /**
   * The user with this username and password. Mirrors `django.contrib.auth.authenticate`; every refusal takes as long
   * as a right password.
   *
   * @throws {AuthenticationError} `user_not_found`, `wrong_password` or `user_inactive`; a client is told the same for all
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DjauthError} `server_busy` when too many passwords wait to be hashed
   * @throws {TypeError} for credentials without the username field
   */
  authenticate(credentials: Credentials): Promise<User<Row>> {
    return authenticate(this.#core, credentials);
  }

  /**
   * Logs a user in: the session gets a new key, or is emptied where it was another user's; the CSRF token is renewed and
   * `last_login` written. The cookies go out with `context.finish`. Mirrors `django.contrib.auth.login`.
   *
   * @param user a user, or the id of one: `{ userId: 7 }`
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {AuthenticationError} `user_not_found` for an id that nobody has
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields; `user_deleted` when the user is gone
   * meanwhile
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a GET request, and for a backend that is not configured
   */
  async login(
    context: RequestContext<Row>,
    user: User<Row> | { readonly userId: UserId },
    options: LoginOptions = {},
  ): Promise<User<Row>> {
    const state = stateOf(context);
    const backend = requireBackend(this.#core, options.backend);
    await guardCsrf(state, "login", options);
    const known = "isAuthenticated" in user ? user : await requireUser(this.#core, user.userId);
    await login(state, known, backend);
    return known;
  }

  /**
   * Logs out: the session's row and cookie end. Mirrors `django.contrib.auth.logout`.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a GET request
   */
  async logout(context: RequestContext<Row>, options: CsrfChoice = {}): Promise<void> {
    const state = stateOf(context);
    await guardCsrf(state, "logout", options);
    await logout(state);
  }

  /**
   * Redeems the claim of a `socket.login()` in a router of your own: the response then carries the cookies of that
   * login. `attach` does so itself, under `claimPath` of its sockets.
   *
   * @param claim the claim, where it is not the whole body
   * @throws {DjauthError} `claim_invalid` for a claim that was used, is too old, or belongs to another page or browser;
   * `origin_not_allowed`; `body_too_large`
   * @throws {NotAuthenticated} with the reason, when the login has ended meanwhile
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a request that is no POST
   */
  redeem(context: RequestContext<Row>, claim?: string): Promise<User<Row>> {
    return redeem(stateOf(context), claim);
  }

  /**
   * Makes an account for a visitor out of username, e-mail address, password, `first_name` and `last_name`. Every other
   * column has to be named in `fields`, so that a form that is passed on whole cannot make an administrator.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields; `server_busy` when too many passwords
   * wait to be hashed
   * @throws {UserExists} `user_exists`
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a column that is not named, a value of the wrong type, no password, a GET request
   * @throws {InvalidUser} `invalid_user` for a missing username, a value that cannot be stored, or a password that cannot be hashed
   */
  async register(
    context: RequestContext<Row>,
    user: NewUser<Row>,
    options: RegisterOptions<Row> = {},
  ): Promise<User<Row>> {
    requireHarmless(this.#core, user, options.fields);
    await guardCsrf(stateOf(context), "register", options);
    return await createUser(this.#core, user);
  }

  /**
   * Makes a user, with any columns. Mirrors `UserManager.create_user`.
   *
   * @throws {UserExists} `user_exists`
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} without a password, and for values that fit no column
   * @throws {DjauthError} `server_busy` when too many passwords wait to be hashed
   * @throws {InvalidUser} `invalid_user` for a missing username, a value that cannot be stored, or a password that cannot be hashed
   */
  createUser(user: NewUser<Row>): Promise<User<Row>> {
    return createUser(this.#core, user);
  }

  /**
   * The user with this primary key, whoever is signed in; `null` when there is none.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   */
  async findUser(id: UserId): Promise<User<Row> | null> {
    const record = await this.#core.users.findById(id);
    return record === null ? null : this.#core.userOf(record);
  }

  /**
   * Changes the password of the signed-in user. This session goes on under a new key; all others of the user end.
   *
   * @throws {CsrfError} `csrf_failed`, unless `{ csrf: false }`
   * @throws {AuthenticationError} `wrong_password` when the old one is wrong
   * @throws {NotAuthenticated} with the reason why nobody is signed in
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields; `server_busy` when too many passwords
   * wait to be hashed
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {TypeError} for a GET request
   * @throws {InvalidUser} `invalid_user` for a new password that cannot be hashed
   */
  async changePassword(
    context: RequestContext<Row>,
    passwords: { readonly oldPassword: string; readonly newPassword: string },
    options: CsrfChoice = {},
  ): Promise<void> {
    const state = stateOf(context);
    await guardCsrf(state, "changePassword", options);
    await replacePassword(state, passwords);
  }

  /**
   * Keeps this session alive after `user.setPassword()` and `user.save()`, under a new key. Mirrors
   * `django.contrib.auth.update_session_auth_hash`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {SessionError} `session_deleted` when the session was ended meanwhile
   */
  updateSessionAuthHash(context: RequestContext<Row>, user: User<Row>): Promise<void> {
    return updateSessionAuthHash(stateOf(context), user);
  }

  /** Closes the connections that djauth opened itself, and looks at no socket any more; those stay as they are. */
  async close(): Promise<void> {
    await this.#node.close();
    await this.#database.close();
  }
}

/**
 * Makes a server know the users of a Django site.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`: an option is missing, misspelt or impossible; said here and not at
 * the first request
 *
 * @example
 * ```ts
 * import { djangoAuth } from "@djauth/djauth";
 *
 * const auth = djangoAuth({
 *   secretKey: "the SECRET_KEY of the Django site",
 *   database: "postgres://localhost/site",
 *   allowedHosts: ["example.com"],
 * });
 * await auth.close();
 * ```
 */
export function djangoAuth(options: DjangoAuthOptions): DjangoAuth;
/** With a user table of one's own, whose rows decide what a user is. */
export function djangoAuth<Row extends object>(
  options: DjangoAuthOptions<Row> & { users: UserTable<Row> },
): DjangoAuth<Row>;
export function djangoAuth<Row extends object>(options: DjangoAuthOptions<Row>): DjangoAuth<Row> {
  return construct(options);
}
