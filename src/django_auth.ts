/**
 * `djangoAuth()`: puts the parts together behind one object. It stands above the sockets and below the adapters, and
 * decides nothing itself.
 */

import { type AuthAccounts, createAccounts } from "./auth/api/auth_accounts.ts";
import { type AuthGuards, createGuards } from "./auth/api/auth_guards.ts";
import { type AuthLogins, createLogins } from "./auth/api/auth_logins.ts";
import { RequestContext, type RequestInfo, stateOf } from "./auth/request/context.ts";
import type { EventCount } from "./auth/events/counters.ts";
import { type CoreParts, createCore } from "./auth/core/create_core.ts";
import type { Handler } from "./auth/request/handler.ts";
import { type ErrorHandler, handle } from "./auth/request/handle.ts";
import type { DjangoAuthOptions } from "./auth/options/options.ts";
import { RequestState } from "./auth/request/request_state.ts";
import { requireTokens } from "./auth/core/token_service.ts";
import { createTokenEndpoints, type TokenEndpoints } from "./auth/token_views/token_endpoints.ts";
import { allMayBeDropped, mayBeDropped } from "./internal/may_be_dropped.ts";
import type { SessionStore } from "./session/store.ts";
import { type Connector, createConnector } from "./sockets/connection/connector.ts";
import type { AnonymousRule, SocketHandlers } from "./sockets/socket/options.ts";
import { SocketNode } from "./sockets/node/node.ts";
import { redeem } from "./sockets/claims/redeem.ts";
import { Sockets } from "./sockets/node/sockets.ts";
import { decideForRouter, type UpgradeDecision } from "./sockets/connection/router_upgrade.ts";
import type { Triggers } from "./stores/triggers/triggers.ts";
import type { User } from "./users/user.ts";
import type { DjangoUserRow, UserTable } from "./users/user_table.ts";

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
export interface DjangoAuth<Row extends object = DjangoUserRow>
  extends AuthGuards<Row>, AuthAccounts<Row>, AuthLogins<Row> {
  /** The live sockets of this node. */
  readonly sockets: Sockets<Row>;
  /** The triggers that tell of what ends a login, so that its sockets close at once. */
  readonly triggers: Triggers;
  /** The sessions in their storage, for upkeep: `auth.sessions.clearExpired()` is Django's `clearsessions`. */
  readonly sessions: SessionStore;

  /**
   * simplejwt's endpoints, and the upkeep of its tables.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   */
  readonly tokens: TokenEndpoints<Row>;

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
  counts(): EventCount[];

  /**
   * The context of a request, for a router of your own; end it with `context.finish(response)`.
   *
   * @example In a router of your own
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function hello(auth: DjangoAuth, request: Request): Promise<Response> {
   *   const context = auth.context(request);
   *   const user = await context.user();
   *   return await context.finish(new Response(`Hello ${user?.username ?? "stranger"}`));
   * }
   * ```
   */
  context(request: Request, info?: RequestInfo): RequestContext<Row>;

  /**
   * A request from its arrival to its response: context, handler, `finish`, and a problem response for errors of
   * djauth. What the adapters are made of.
   *
   * @param onError makes the response to any other error; 500 if not given
   * @throws {unknown} what `onError` throws, and nothing else: an error of djauth's, or of the handler, is a response
   *
   * @example In the routes of a server
   * ```ts
   * import type { DjangoAuth, Handler } from "@djauth/djauth";
   *
   * export function routes(auth: DjangoAuth): Record<string, (request: Request) => Promise<Response>> {
   *   const me: Handler = auth.userRequired((_request, _context, user) => Response.json(user));
   *   return { "/me": (request) => auth.handle(request, me) };
   * }
   * ```
   */
  handle(
    request: Request,
    handler: Handler<Row>,
    info?: RequestInfo,
    onError?: ErrorHandler,
  ): Promise<Response>;

  /**
   * Decides about an upgrade to a WebSocket, for a router of your own: Origin, user, condition. Tell the `connection` of
   * one that is accepted what happens on the runtime's socket: from `opened` until `closed` the socket is kept true.
   *
   * @returns the socket to be, or the refusal with its close code, reason and HTTP response
   * @throws {ImproperlyConfigured} `improperly_configured` for handlers that cannot be; nothing that a client sends makes it throw
   *
   * @example A socket of Deno's, by hand
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function live(auth: DjangoAuth, request: Request): Promise<Response> {
   *   const decision = await auth.upgrade(request);
   *   if (!decision.accepted) return decision.response();
   *   const { socket, response } = Deno.upgradeWebSocket(request);
   *   socket.onopen = () => decision.connection.opened(socket);
   *   socket.onclose = ({ code, reason }) => decision.connection.closed(code, reason);
   *   return response;
   * }
   * ```
   */
  upgrade<Data = undefined, const Anonymous extends AnonymousRule = false>(
    request: Request,
    handlers?: SocketHandlers<Row, Data, Anonymous>,
    info?: RequestInfo,
  ): Promise<UpgradeDecision<Row, Data, Anonymous>>;

  /**
   * Decides about the upgrades of a server and carries their sockets' events to handlers. What the adapters are made of.
   *
   * @param runtimeOptions the names of further options of `websocket`, which the runtime takes
   * @throws {ImproperlyConfigured} `improperly_configured` for an option that is unknown or cannot be, as a path without `/`
   */
  connector<Data, Anonymous extends AnonymousRule>(
    handlers: SocketHandlers<Row, Data, Anonymous>,
    runtimeOptions?: readonly string[],
  ): Connector<Row>;

  /**
   * Redeems the claim of a `socket.login()` in a router of your own: the response then carries the cookies of that
   * login. `attach` does so itself, under `claimPath` of its sockets.
   *
   * @param claim the claim, where it is not the whole body
   * @throws {DjauthError} `claim_invalid` for a claim that was used, is too old, or belongs to another page or browser;
   * `origin_not_allowed`; `body_too_large`; `malformed_body` when the client breaks off
   * @throws {NotAuthenticated} with the reason, when the login has ended meanwhile
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not write sessions: a claim is a row there
   * @throws {KeysUnavailable} `keys_unavailable` where the request brings a token whose key has to be fetched and cannot be
   * @throws {TypeError} for a request that is not a POST, and for a body that was read already and no `claim`
   *
   * @example The view that a page posts its claim to
   * ```ts
   * import type { DjangoAuth, Handler } from "@djauth/djauth";
   *
   * export function claims(auth: DjangoAuth): Handler {
   *   return async (_request, context) => {
   *     await auth.redeem(context);
   *     return new Response(null, { status: 204 });
   *   };
   * }
   * ```
   */
  redeem(context: RequestContext<Row>, claim?: string): Promise<User<Row>>;

  /** Closes the connections that djauth opened itself, and looks at no socket any more; those stay as they are. */
  close(): Promise<void>;
}

/**
 * Makes a server know the users of a Django site.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`: an option is missing, misspelt or impossible; said here and not at
 * the first request
 *
 * @example The least that a site needs
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
  return assemble(createCore(options));
}

function assemble<Row extends object>(parts: CoreParts<Row>): DjangoAuth<Row> {
  const { core, socketServices, database, triggers } = parts;
  const node = new SocketNode(core, socketServices);
  let tokens: TokenEndpoints<Row> | undefined;
  return {
    ...createGuards<Row>(),
    ...allMayBeDropped(createAccounts(core)),
    ...allMayBeDropped(createLogins(core)),
    sockets: new Sockets(node),
    triggers,
    sessions: core.sessions,
    // In this literal and in none that is spread: spreading asks for it, and it throws where tokens are not in use.
    get tokens() {
      return tokens ??= createTokenEndpoints(core, requireTokens(core));
    },
    counts: () => core.counters.read(),
    context: (request, info = {}) => new RequestContext(new RequestState(core, request), info),
    handle: (request, handler, info = {}, onError) => handle(core, request, handler, info, onError),
    upgrade: (request, handlers = {}, info = {}) => decideForRouter(node, request, handlers, info),
    connector: (handlers, runtimeOptions = []) => createConnector(node, handlers, runtimeOptions),
    redeem: (context, claim) => mayBeDropped(redeem(stateOf(context), claim)),
    async close() {
      node.close();
      await socketServices.feed.close();
      await database.close();
    },
  };
}
