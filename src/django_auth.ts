/**
 * `djangoAuth()`: assembles the parts behind one object. It sits above the sockets and below the adapters, and has no
 * logic of its own.
 */

import { type AuthAccounts, createAccounts } from "./auth/api/auth_accounts.ts";
import { type AuthGuards, createGuards } from "./auth/api/auth_guards.ts";
import { type AuthLogins, createLogins } from "./auth/api/auth_logins.ts";
import { RequestContext, type RequestInfo } from "./auth/request/context.ts";
import type { EventCount } from "./auth/events/counters.ts";
import { type CoreParts, createCore } from "./auth/core/create_core.ts";
import type { Handler } from "./auth/request/handler.ts";
import { type ErrorHandler, handle } from "./auth/request/handle.ts";
import type { DjangoAuthOptions } from "./auth/options/options.ts";
import { RequestState } from "./auth/request/request_state.ts";
import { requireTokens } from "./auth/core/token_service.ts";
import { createTokenEndpoints, type TokenEndpoints } from "./auth/token_views/token_endpoints.ts";
import { allowAllUnawaited, allowUnawaited } from "./internal/unawaited.ts";
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
 * Django authentication for one server. Created by {@link djangoAuth}.
 *
 * @example A login handler
 * ```ts
 * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
 *
 * export async function logIn(auth: DjangoAuth, context: RequestContext): Promise<Response> {
 *   await context.requireCsrf(); // first, so that no other site's page makes this server hash passwords
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
  /** The triggers that report the end of a login, so that its sockets close immediately. */
  readonly triggers: Triggers;
  /** The session store, for maintenance: `auth.sessions.clearExpired()` is Django's `clearsessions`. */
  readonly sessions: SessionStore;

  /**
   * simplejwt's endpoints, and the maintenance of its tables.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   */
  readonly tokens: TokenEndpoints<Row>;

  /**
   * Returns how often each event has happened since start, by type and code, for your metrics.
   *
   * @example In Prometheus's text format
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
   * Returns the context of a request, for a router of your own; finish it with `context.finish(response)`.
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
   * Handles a request from arrival to response: context, handler, `finish`, and a problem response for djauth's errors.
   * The adapters are built on it.
   *
   * @param onError makes the response to any other error; 500 by default
   * @throws {unknown} what `onError` throws, and nothing else: errors of djauth and of the handler become responses
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
   * Decides about an upgrade to a WebSocket, for a router of your own: Origin, user, condition. Pass the events of the
   * runtime's socket on to the `connection` of an accepted one: from `opened` to `closed`, its login is re-validated.
   *
   * @returns the pending connection, or the refusal with its close code, reason and HTTP response
   * @throws {ImproperlyConfigured} `improperly_configured` for invalid handlers; nothing that a client sends makes it
   * throw
   *
   * @example A Deno socket by hand
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function live(auth: DjangoAuth, request: Request): Promise<Response> {
   *   const decision = await auth.upgrade(request);
   *   if (!decision.accepted) return decision.response();
   *   const { connection, protocol, cookies } = decision;
   *   const { socket, response } = Deno.upgradeWebSocket(request);
   *   // Not by Deno's own option, which would refuse some offers of the protocol.
   *   if (protocol !== null) response.headers.set("sec-websocket-protocol", protocol);
   *   for (const cookie of cookies) response.headers.append("set-cookie", cookie);
   *   socket.onopen = () => connection.opened(socket);
   *   socket.onmessage = ({ data }) =>
   *     connection.received(typeof data === "string" ? data : new Uint8Array(data));
   *   // Deno reports 0 when the connection just ended.
   *   socket.onclose = ({ code, reason }) => connection.closed(code || 1006, reason);
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
   * Returns what decides about the upgrades of a server and dispatches socket events to the handlers. The adapters are
   * built on it.
   *
   * @param runtimeOptions names of further options of `websocket`, which are the runtime's own
   * @throws {ImproperlyConfigured} `improperly_configured` for an unknown or invalid option, such as a path without `/`
   *
   * @example The first steps of an adapter
   * ```ts
   * import type { Connector, DjangoAuth } from "@djauth/djauth";
   *
   * export function liveSockets(auth: DjangoAuth): Connector {
   *   return auth.connector({ path: "/live", message: (socket, data) => socket.send(data) });
   * }
   *
   * export async function answer({ wants, connect }: Connector, request: Request): Promise<Response | null> {
   *   const pending = wants(request) ? await connect(request, {}) : null;
   *   if (pending === null || pending instanceof Response) return pending;
   *   // Carry the upgrade out with its protocol and cookies, and pass the socket's events on; or give it up:
   *   pending.connection.closed(1006, "");
   *   return new Response(null, { status: 400 });
   * }
   * ```
   */
  connector<Data, Anonymous extends AnonymousRule>(
    handlers: SocketHandlers<Row, Data, Anonymous>,
    runtimeOptions?: readonly string[],
  ): Connector<Row>;

  /**
   * Redeems the claim of a `socket.login()` in a router of your own: the response then carries the cookies of that
   * login. `attach` does this itself, at the `claimPath` of its sockets.
   *
   * @param claim the claim, if it is not the whole body
   * @throws {DjauthError} `claim_invalid` for a claim that was used, is too old, or belongs to another page or browser;
   * `origin_not_allowed`; `method_not_allowed` for anything but a POST; `body_too_large`; `malformed_body` if the
   * client breaks off
   * @throws {NotAuthenticated} with the reason, if the login has ended in the meantime
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not write sessions, where claims are kept
   * @throws {KeysUnavailable} `keys_unavailable` if the request carries a token whose key must be fetched and cannot be
   * @throws {TypeError} for a body that was already read if no `claim` is given
   *
   * @example The view that the page posts its claim to
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

  /**
   * Closes the sockets that are still open with 1012 `server_restart`, since nothing would end them with their login any
   * more, and the database connections that djauth opened itself. `sockets.drain()` spreads the closing over some time.
   */
  close(): Promise<void>;
}

/**
 * Creates Django authentication for a server: its users, sessions, tokens and sockets.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`: an option is missing, misspelt or invalid; thrown here, not
 * at the first request
 *
 * @example The minimal configuration
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
/** With a custom user table, whose row type becomes that of the users. */
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
    ...allowAllUnawaited(createAccounts(core)),
    ...allowAllUnawaited(createLogins(core)),
    sockets: new Sockets(node),
    triggers,
    sessions: core.sessions,
    // In this literal and not in a spread one: spreading would evaluate it, and it throws if tokens are not in use.
    get tokens() {
      return tokens ??= createTokenEndpoints(core, requireTokens(core));
    },
    counts: () => core.counters.read(),
    context: (request, info = {}) => new RequestContext(new RequestState(core, request), info),
    handle: (request, handler, info = {}, onError) => handle(core, request, handler, info, onError),
    upgrade: (request, handlers = {}, info = {}) => decideForRouter(node, request, handlers, info),
    connector: (handlers, runtimeOptions = []) => createConnector(node, handlers, runtimeOptions),
    redeem: (context, claim) => allowUnawaited(redeem(context, claim)),
    async close() {
      await node.close();
      await socketServices.feed.close();
      await database.close();
    },
  };
}
