/** `auth.tokens`: simplejwt's endpoints as handlers, and the upkeep of its tables. */

import { quoted } from "../../internal/option_checks.ts";
import { urlOf } from "../../internal/request_url.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { RequestContext } from "../request/context.ts";
import type { AuthCore } from "../core/core.ts";
import type { Handler } from "../request/handler.ts";
import type { TokenService } from "../core/token_service.ts";
import { createAnswers } from "./answers.ts";
import { obtainPairView, obtainSlidingView } from "./obtain.ts";
import { refreshSlidingView, refreshView } from "./refresh.ts";
import { blacklistView, verifyView } from "./verify.ts";
import { requireRequest } from "./view.ts";

/** The path that simplejwt's documentation mounts its views below. */
const PATH = "/api/token/";

/**
 * simplejwt's views, to be mounted. Same bodies, statuses and headers; what differs on purpose is listed in the README.
 *
 * @example All of them, below `/api/token/`
 * ```ts
 * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
 *
 * export function fetch(auth: DjangoAuth, request: Request, context: RequestContext): Response | Promise<Response> {
 *   return auth.tokens.handle(request, context) ?? new Response("not here", { status: 404 });
 * }
 * ```
 */
export interface TokenEndpoints<Row extends object = DjangoUserRow> {
  /** `TokenObtainPairView`: username and password for `{ refresh, access }`. */
  readonly obtainPair: Handler<Row>;
  /** `TokenRefreshView`: `refresh` for `{ access }`, with rotation `{ access, refresh }`. */
  readonly refresh: Handler<Row>;
  /** `TokenVerifyView`: `token` for `{}`. */
  readonly verify: Handler<Row>;
  /** `TokenBlacklistView`: `refresh` for `{}`; with the one in the cookie, a logout from the tokens. */
  readonly blacklist: Handler<Row>;
  /** `TokenObtainSlidingView`: username and password for `{ token }`. */
  readonly obtainSliding: Handler<Row>;
  /** `TokenRefreshSlidingView`: `token` for `{ token }`. */
  readonly refreshSliding: Handler<Row>;

  /**
   * Answers a request to one of the endpoints: those of pairs, and below `sliding/` those of sliding tokens.
   *
   * @param path what they are mounted below, `/api/token/` if not given
   * @returns `null` for every other path
   * @throws {TypeError} for what is no request, what is not its context, and a path that does not begin and end with `/`
   * @throws {DatabaseUnavailable} `database_unavailable`, as a rejection, as all that follow
   * @throws {DatabaseError} `database_permission_denied` where the role may not write what simplejwt would
   * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
   * @throws {CsrfError} `csrf_failed` where the refresh token is in a cookie
   * @throws {DjauthError} `server_busy` where too many passwords wait to be hashed
   * @throws {ImproperlyConfigured} `improperly_configured` where there is no key to sign with
   * @throws {TypeError} for tokens of a user who has no value in the column `jwt.userIdField`
   */
  handle(
    request: Request,
    context: RequestContext<Row>,
    path?: string,
  ): Response | Promise<Response> | null;

  /**
   * Ends every refresh and sliding token of a user. Access tokens live on until they expire, also where
   * `jwt.checkAccessTokens` is on: which ones there are, no table says.
   *
   * @param userId the value of `jwt.userIdField`
   * @returns how many were blacklisted only now; 0 without the blacklist app
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not write the blacklist
   */
  blacklistUser(userId: unknown): Promise<number>;

  /**
   * Deletes what has expired, once a day. In place of `manage.py flushexpiredtokens`, which forgets that a sliding token
   * outlives the end in its row, and so takes refreshed ones from the blacklist and from `blacklistUser()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` where the role may not delete there
   */
  flushExpired(): Promise<void>;
}

/** The endpoints for the tokens of a site. */
export function createTokenEndpoints<Row extends object>(
  core: AuthCore<Row>,
  service: TokenService<Row>,
): TokenEndpoints<Row> {
  const parts = { core, service, answers: createAnswers(service.transport.challenge) };
  const views = {
    obtainPair: obtainPairView(parts),
    refresh: refreshView(parts),
    verify: verifyView(parts),
    blacklist: blacklistView(parts),
    obtainSliding: obtainSlidingView(parts),
    refreshSliding: refreshSlidingView(parts),
  };
  const paths: ReadonlyMap<string, Handler<Row>> = new Map([
    ["", views.obtainPair],
    ["refresh/", views.refresh],
    ["verify/", views.verify],
    ["blacklist/", views.blacklist],
    ["sliding/", views.obtainSliding],
    ["sliding/refresh/", views.refreshSliding],
  ]);
  return {
    ...views,
    handle(request, context, path = PATH) {
      requireRequest(request, context);
      requirePath(path);
      const { pathname } = urlOf(request);
      const view = pathname.startsWith(path) ? paths.get(pathname.slice(path.length)) : undefined;
      return view === undefined ? null : view(request, context);
    },
    blacklistUser: (userId) => service.tokens.blacklistUser(userId),
    flushExpired: () => service.tokens.flushExpired(),
  };
}

/** Refuses a path below which nothing would ever be found. */
function requirePath(path: unknown): void {
  if (typeof path === "string" && path.startsWith("/") && path.endsWith("/")) return;
  throw new TypeError(`handle() got ${quoted(path)} as its path, expected one that begins and ends with "/"`);
}
