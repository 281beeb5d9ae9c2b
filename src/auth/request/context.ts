/** The context of one request, the public API on top of `request_state.ts`. */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import type { Session } from "../../session/session.ts";
import { hasExpired } from "../../session/store.ts";
import { allowUnawaited } from "../../internal/unawaited.ts";
import { isObject, kindOf, quoted } from "../../internal/option_checks.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import { requireCsrf } from "./csrf_check.ts";
import { finish } from "./finish.ts";
import { loadedPayload, sessionUserId } from "../identity/session_identity.ts";
import type { JwtStore } from "./jwt_store.ts";
import type { RequestState } from "./request_state.ts";
import type { TokenUser } from "../identity/token_user.ts";

/** What an adapter knows about a request in addition to the request itself. */
export interface RequestInfo {
  /** The peer's address as reported by the runtime; `undefined` if it is not available, as for a finished request. */
  readonly remoteAddress?: string | undefined;
}

/** Returns the state behind a context; for djauth's own modules only. */
export let stateOf: <Row extends object>(context: RequestContext<Row>) => RequestState<Row>;

/**
 * The context of one request: its user, session and CSRF token, each looked up lazily and at most once. Created by
 * `auth.context(request)` or by an adapter.
 *
 * @example In a router of your own
 * ```ts
 * import type { DjangoAuth } from "@djauth/djauth";
 *
 * export async function handle(auth: DjangoAuth, request: Request): Promise<Response> {
 *   const context = auth.context(request);
 *   const user = await context.user();
 *   return await context.finish(Response.json({ hello: user?.username ?? "stranger" }));
 * }
 * ```
 */
export class RequestContext<Row extends object = DjangoUserRow> {
  static {
    stateOf = (context) => {
      if (!isObject(context) || !(#state in context)) throw noContext(context);
      return context.#state;
    };
  }

  /** What the adapter knows about the request. */
  readonly info: RequestInfo;
  readonly #state: RequestState<Row>;

  /** Creates a context; reads nothing yet. */
  constructor(state: RequestState<Row>, info: RequestInfo = {}) {
    this.#state = state;
    this.info = info;
  }

  /** The request. */
  get request(): Request {
    return this.#state.request;
  }

  /**
   * Returns the user, or `null` if nobody is signed in. The first call looks up the session and the user, unless they
   * are in the `identityCache`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`: an outage is never reported as "nobody"
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   *
   * @example A page for users and anonymous visitors
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function hello(context: RequestContext): Promise<Response> {
   *   const user = await context.user();
   *   return new Response(`Hello ${user?.username ?? "stranger"}`);
   * }
   * ```
   */
  user(): Promise<User<Row> | null> {
    return allowUnawaited(this.#state.identity().then(({ user }) => user));
  }

  /**
   * Returns the user id in the session without looking up the user: it is not checked whether the user exists, is
   * active and has not changed the password since, except if the request carries a token or the session is in the
   * `identityCache`. For authorization, use {@link user}.
   *
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not read sessions
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   *
   * @example A log line
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function logLine(context: RequestContext): Promise<string> {
   *   return `${context.request.url} by ${await context.userId() ?? "a stranger"}`;
   * }
   * ```
   */
  userId(): Promise<UserId | null> {
    return allowUnawaited(this.#userId());
  }

  /**
   * Returns why {@link user} is `null`; `null` if there is a user.
   *
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not read users
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   *
   * @example Tell visitors why they have to log in
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function why(context: RequestContext): Promise<string> {
   *   return await context.user() === null ? `Please log in: ${await context.refusal()}` : "Welcome";
   * }
   * ```
   */
  refusal(): Promise<NotAuthenticatedCode | null> {
    return allowUnawaited(this.#state.identity().then(({ refusal }) => refusal));
  }

  /**
   * Returns the session, loaded: an empty one without a key if the request has none.
   *
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not read sessions
   *
   * @example Count visits without losing any
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function visits(context: RequestContext): Promise<unknown> {
   *   const session = await context.session();
   *   await session.change((current) => current.set("visits", Number(current.get("visits") ?? 0) + 1));
   *   return session.get("visits");
   * }
   * ```
   */
  session(): Promise<Session> {
    return this.#state.session();
  }

  /**
   * Returns the tokens of the request, loaded: an empty store if it has none.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   * @throws {DatabaseError} `database_unavailable`; `database_permission_denied` if the role may not read the blacklist
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   *
   * @example The tokens of a login, for an app that stores them itself
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function answer(context: RequestContext): Promise<Response> {
   *   return Response.json(await (await context.jwt()).tokens());
   * }
   * ```
   */
  jwt(): Promise<JwtStore<Row>> {
    return allowUnawaited(Promise.resolve().then(() => this.#state.jwt()));
  }

  /**
   * Returns the user as described by the claims of the request's token alone: **no query is made**, except to look up
   * sliding tokens in the blacklist if `authTokenClasses` has them. Deletion, deactivation, a changed password and a
   * revoked permission have no effect for as long as the token lives. `null` without a valid token; the session is
   * ignored. simplejwt's `JWTStatelessUserAuthentication`.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   * @throws {DatabaseUnavailable} `database_unavailable` if the blacklist is queried
   * @throws {DatabaseError} `database_permission_denied` if the role may not read the blacklist
   * @throws {KeysUnavailable} `keys_unavailable` if keys must be fetched and cannot be
   *
   * @example A rate limit that needs no query
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function isHeavyUser(context: RequestContext, limits: Map<string, number>): Promise<boolean> {
   *   const user = await context.userFromClaimsAlone();
   *   return user !== null && (limits.get(String(user.id)) ?? 0) > 100;
   * }
   * ```
   */
  userFromClaimsAlone(): Promise<TokenUser | null> {
    const { jwt } = this.#state.core;
    if (jwt === null) return allowUnawaited(this.jwt().then(() => null));
    const found = this.#state.claimedUser(jwt);
    // Nearly always it is available immediately, and nothing is left that could fail.
    return found instanceof Promise ? allowUnawaited(found) : Promise.resolve(found);
  }

  /**
   * Returns a CSRF token for the form field `csrfmiddlewaretoken` or the header `X-CSRFToken`; the response then
   * carries the matching cookie. Django's `get_token`.
   *
   * @throws {DatabaseError} as {@link session}, if `csrf.useSessions` keeps the secret in the session
   *
   * @example A form of your own
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function form(context: RequestContext): Promise<string> {
   *   return `<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="${await context.csrfToken()}"></form>`;
   * }
   * ```
   */
  csrfToken(): Promise<string> {
    return allowUnawaited(this.#state.csrf().token());
  }

  /**
   * Returns the form in the body, read once and kept, so that both the CSRF check and the handler can use it.
   *
   * @throws {TypeError} if the body was already read
   * @throws {DjauthError} `body_too_large` beyond 2.5 MB or 1,000 fields, `malformed_body` if the body is not a form
   *
   * @example A form field
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function comment(context: RequestContext): Promise<string> {
   *   return String((await context.formData()).get("comment") ?? "");
   * }
   * ```
   */
  formData(): Promise<FormData> {
    return allowUnawaited(this.#state.formData());
  }

  /**
   * Checks this request against Django's CSRF rules: Origin or Referer, and the token in a header or the form. Safe
   * methods (GET, HEAD, OPTIONS, TRACE) pass.
   *
   * @throws {CsrfError} `csrf_failed` with Django's reason
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
   * @throws {DatabaseUnavailable} `database_unavailable` if a session or a token must be looked up
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   * @throws {TypeError} if the form, which may hold the token, was read without {@link formData}
   *
   * @example Check before acting on the request
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function remove(context: RequestContext, deletePost: () => Promise<void>): Promise<Response> {
   *   await context.requireCsrf();
   *   await deletePost();
   *   return new Response(null, { status: 204 });
   * }
   * ```
   */
  requireCsrf(): Promise<void> {
    return allowUnawaited(requireCsrf(this.#state));
  }

  /**
   * Saves changes and adds the cookies to the response, like Django's SessionMiddleware and CsrfViewMiddleware.
   *
   * @returns the response, or a copy with the same body if its headers are immutable
   * @throws {DatabaseUnavailable} `database_unavailable` if the session cannot be saved, or a token cannot be looked up
   * @throws {DatabaseError} `database_permission_denied` if the role may not write what changed
   * @throws {TypeError} for anything but a response whose body was not read yet; nothing is saved then
   * @throws {ImproperlyConfigured} `improperly_configured` for new tokens that cannot be signed
   *
   * @example In a router of your own
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function answer(context: RequestContext): Promise<Response> {
   *   (await context.session()).set("seen", true);
   *   return await context.finish(new Response("You are remembered"));
   * }
   * ```
   */
  async finish(response: Response): Promise<Response> {
    if (!(response instanceof Response)) {
      throw new TypeError(`finish() got ${kindOf(response)}, expected a Response`);
    }
    return await finish(this.#state, response);
  }

  async #userId(): Promise<UserId | null> {
    const identity = this.#state.askedIdentity ?? this.#state.identifyIfTokenOrCached();
    if (identity !== undefined) return (await identity).user?.pk ?? null;
    const { core } = this.#state;
    const session = await this.#state.openedSession;
    if (session?.modified) return sessionUserId(await loadedPayload(session), core);
    const stored = await this.#state.stored();
    return stored === null || hasExpired(stored, core.clock) ? null : sessionUserId(stored.payload, core);
  }
}

/** Creates the error for whatever was passed in place of a context, usually the request. */
function noContext(given: unknown): TypeError {
  const what = given instanceof Request ? "a Request" : quoted(given);
  return new TypeError(`The context is ${what}, expected the handler's context or auth.context(request)`);
}
