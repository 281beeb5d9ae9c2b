/** One request as users of djauth see it. What it knows lives in `request_state.ts`. */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import type { Session } from "../../session/session.ts";
import { hasExpired } from "../../session/store.ts";
import { mayBeDropped } from "../../internal/may_be_dropped.ts";
import { isObject, quoted } from "../../internal/option_checks.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import { requireCsrf } from "./csrf_check.ts";
import { finish } from "./finish.ts";
import { sessionUserId } from "../identity/session_identity.ts";
import type { JwtStore } from "./jwt_store.ts";
import type { RequestState } from "./request_state.ts";
import type { TokenUser } from "../identity/token_user.ts";

/** What an adapter knows about a request beside the request itself. */
export interface RequestInfo {
  /** The address of the peer, as the runtime says it; `undefined` where it cannot, as of a request that is over. */
  readonly remoteAddress?: string;
}

/** The state behind a context; for the modules of djauth only. */
export let stateOf: <Row extends object>(context: RequestContext<Row>) => RequestState<Row>;

/**
 * The context of one request: who sent it, its session, its CSRF token. Lazy, and each asked for once. Made by
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

  /** Reads nothing yet. */
  constructor(state: RequestState<Row>, info: RequestInfo = {}) {
    this.#state = state;
    this.info = info;
  }

  /** The request. */
  get request(): Request {
    return this.#state.request;
  }

  /**
   * The user, or `null` when nobody is signed in. One session look-up and one user look-up, once; none where the
   * `identityCache` knows.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`: an outage is never "nobody"
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   *
   * @example A page for users and strangers
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
    return mayBeDropped(this.#state.identity().then(({ user }) => user));
  }

  /**
   * The id that the session names, without asking for the user: whether the user exists, is active, and has not
   * changed the password since is not checked, but where a token came or the `identityCache` knows. For a decision about
   * rights, ask for {@link user}.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   *
   * @example A line in a log
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function logLine(context: RequestContext): Promise<string> {
   *   return `${context.request.url} by ${await context.userId() ?? "a stranger"}`;
   * }
   * ```
   */
  userId(): Promise<UserId | null> {
    return mayBeDropped(this.#userId());
  }

  /**
   * Why {@link user} is `null`; `null` when there is a user.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   *
   * @example Why somebody has to log in
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function why(context: RequestContext): Promise<string> {
   *   return await context.user() === null ? `Please log in: ${await context.refusal()}` : "Welcome";
   * }
   * ```
   */
  refusal(): Promise<NotAuthenticatedCode | null> {
    return mayBeDropped(this.#state.identity().then(({ refusal }) => refusal));
  }

  /**
   * The session, loaded: an empty one, without a key, when the request came without.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   *
   * @example Count visits, of which none is lost
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
   * The tokens of the request, loaded: empty when it came without.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   *
   * @example The tokens of a login, for an app that keeps them itself
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function answer(context: RequestContext): Promise<Response> {
   *   return Response.json(await (await context.jwt()).tokens());
   * }
   * ```
   */
  jwt(): Promise<JwtStore<Row>> {
    return mayBeDropped(Promise.resolve().then(() => this.#state.jwt()));
  }

  /**
   * The user as the claims of the request's token have it, and nobody else's word: **no query is made**, but for sliding
   * tokens, which are asked about in the blacklist where `authTokenClasses` has them. A user who was deleted, deactivated or
   * has changed the password since is still here, for as long as the token lives; so is a rank that was taken away. `null`
   * where there is no good token; a session is not asked. simplejwt's `JWTStatelessUserAuthentication`.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` without the option `jwt`
   * @throws {DatabaseUnavailable} `database_unavailable` where the blacklist is asked
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   *
   * @example A limit that needs no query
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
    if (jwt === null) return mayBeDropped(this.jwt().then(() => null));
    const found = this.#state.claimedUser(jwt);
    // Nearly always it is there at once, and nothing is left that could fail.
    return found instanceof Promise ? mayBeDropped(found) : Promise.resolve(found);
  }

  /**
   * A CSRF token for the field `csrfmiddlewaretoken` of a form or for the header `X-CSRFToken`; the response then
   * carries the cookie that belongs to it. Django's `get_token`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` where `csrf.useSessions` keeps the secret in the session
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
    return mayBeDropped(this.#state.csrf().token());
  }

  /**
   * The form in the body, read once and kept, so that the CSRF check and the handler can both have it.
   *
   * @throws {TypeError} when the body was read already
   * @throws {DjauthError} `body_too_large` beyond 2.5 MB or 1,000 fields, `malformed_body` when it is not a form
   *
   * @example One field of a form
   * ```ts
   * import type { RequestContext } from "@djauth/djauth";
   *
   * export async function comment(context: RequestContext): Promise<string> {
   *   return String((await context.formData()).get("comment") ?? "");
   * }
   * ```
   */
  formData(): Promise<FormData> {
    return mayBeDropped(this.#state.formData());
  }

  /**
   * Holds this request against Django's CSRF rules: Origin or Referer, and the token in a header or the form. Safe
   * methods (GET, HEAD, OPTIONS, TRACE) pass.
   *
   * @throws {CsrfError} `csrf_failed` with Django's reason
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
   * @throws {DatabaseUnavailable} `database_unavailable` where a session or a token has to be looked up
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   * @throws {TypeError} when the form, which may hold the token, was read without {@link formData}
   *
   * @example Before anything is done for the request
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
    return mayBeDropped(requireCsrf(this.#state));
  }

  /**
   * Saves what changed and puts the cookies on the response, as Django's SessionMiddleware and CsrfViewMiddleware do.
   *
   * @returns the response, or a copy with the same body where its headers cannot be changed
   * @throws {DatabaseUnavailable} `database_unavailable` when the session could not be saved, or a token not be looked up
   * @throws {DatabaseError} `database_permission_denied` where the role may not write what changed
   * @throws {TypeError} for a response whose body was read already; nothing is saved then
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
    return await finish(this.#state, response);
  }

  async #userId(): Promise<UserId | null> {
    const identity = this.#state.askedIdentity ?? this.#state.shortIdentity;
    if (identity !== undefined) return (await identity).user?.pk ?? null;
    const stored = await this.#state.stored();
    const { core } = this.#state;
    return stored === null || hasExpired(stored, core.clock) ? null : sessionUserId(stored.payload, core);
  }
}

/** For what stands in the place of a context, as a rule the request. */
function noContext(given: unknown): TypeError {
  const what = given instanceof Request ? "a Request" : quoted(given);
  return new TypeError(`The context is ${what}, expected that of the handler, or auth.context(request)`);
}
