/** `auth.tokens`: simplejwt's endpoints as handlers, and the maintenance of its tables. */

import { quoted } from "../../internal/option_checks.ts";
import { urlOf } from "../../internal/request_url.ts";
import type { DjangoUserRow, UserId } from "../../users/user_table.ts";
import type { RequestContext } from "../request/context.ts";
import { requireKeyType } from "../../users/key_column.ts";
import { requirePrimaryKey } from "../../users/primary_key.ts";
import type { AuthCore } from "../core/core.ts";
import type { Handler } from "../request/handler.ts";
import type { TokenService } from "../core/token_service.ts";
import { createAnswers } from "./answers.ts";
import { obtainPairView, obtainSlidingView } from "./obtain.ts";
import { refreshSlidingView, refreshView } from "./refresh.ts";
import { blacklistView, verifyView } from "./verify.ts";
import { requireRequest } from "./view.ts";

/** The path under which simplejwt's documentation mounts its views. */
const PATH = "/api/token/";

/**
 * simplejwt's views, ready to be mounted, with the same bodies, statuses and headers; deliberate differences are listed
 * in the README.
 *
 * @example All of them, under `/api/token/`
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
  /** `TokenBlacklistView`: `refresh` for `{}`; with the one in the cookie, it logs out from the tokens. */
  readonly blacklist: Handler<Row>;
  /** `TokenObtainSlidingView`: username and password for `{ token }`. */
  readonly obtainSliding: Handler<Row>;
  /** `TokenRefreshSlidingView`: `token` for `{ token }`. */
  readonly refreshSliding: Handler<Row>;

  /**
   * Responds to a request to one of the endpoints: those of token pairs, and under `sliding/` those of sliding tokens.
   *
   * @param path the path under which they are mounted, `/api/token/` by default
   * @returns `null` for every other path
   * @throws {TypeError} for anything but a request and its context, and for a path that does not begin and end with `/`
   * @throws {DatabaseUnavailable} `database_unavailable`, as a rejection, like all that follow
   * @throws {DatabaseError} `database_permission_denied` if the role may not write what simplejwt would
   * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
   * @throws {CsrfError} `csrf_failed` if the refresh token is in a cookie
   * @throws {DjauthError} `server_busy` if too many passwords are waiting to be hashed
   * @throws {ImproperlyConfigured} `improperly_configured` if there is no signing key
   * @throws {TypeError} for tokens of a user without a value in the column `jwt.userIdField`
   */
  handle(
    request: Request,
    context: RequestContext<Row>,
    path?: string,
  ): Response | Promise<Response> | null;

  /**
   * Blacklists every refresh and sliding token of a user. Access tokens remain valid until they expire, even if
   * `jwt.checkAccessTokens` is on: no table lists them.
   *
   * @param userId the value of `jwt.userIdField`
   * @returns the number of tokens that were not blacklisted before; 0 without the blacklist app
   * @throws {TypeError} for anything that cannot be such a value, as a whole user
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not write the blacklist
   *
   * @example Log a user out of every app
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export async function logOutOfApps(auth: DjangoAuth, userId: number): Promise<number> {
   *   return await auth.tokens.blacklistUser(userId);
   * }
   * ```
   */
  blacklistUser(userId: UserId): Promise<number>;

  /**
   * Deletes expired tokens; call it once a day. It replaces `manage.py flushexpiredtokens`, which does not consider
   * that a sliding token outlives the expiry in its row, and so removes refreshed ones from the blacklist and from the
   * reach of `blacklistUser()`.
   *
   * @throws {DatabaseUnavailable} `database_unavailable`
   * @throws {DatabaseError} `database_permission_denied` if the role may not delete tokens
   *
   * @example Once a day
   * ```ts
   * import type { DjangoAuth } from "@djauth/djauth";
   *
   * export function flushDaily(auth: DjangoAuth): void {
   *   setInterval(() => auth.tokens.flushExpired().catch(console.error), 86_400_000);
   * }
   * ```
   */
  flushExpired(): Promise<void>;
}

/** Creates the token endpoints of a site. */
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
    async blacklistUser(userId) {
      const { userIdField } = service.tokens.settings;
      const key = requirePrimaryKey(
        "blacklistUser",
        requireKeyType(core.table, "jwt.userIdField", userIdField),
        userId,
      );
      return await service.tokens.blacklistUser(key);
    },
    flushExpired: () => service.tokens.flushExpired(),
  };
}

/** Requires a path that can match. */
function requirePath(path: unknown): void {
  if (typeof path === "string" && path.startsWith("/") && path.endsWith("/")) return;
  throw new TypeError(`handle() got ${quoted(path)} as its path, expected one that begins and ends with "/"`);
}
