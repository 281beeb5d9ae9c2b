/** The guards of a `DjangoAuth` as users see them, typed by its user table. The implementation is in `guards/`. */

import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { RequestContext } from "../request/context.ts";
import { conditionRequired, csrfProtect, loginRequired, userRequired } from "../guards/guards.ts";
import type { GuardOptions } from "../guards/login_redirect.ts";
import { safeNext, type SafeNextOptions } from "../guards/safe_next.ts";
import type { Handler, UserHandler } from "../request/handler.ts";

/** The guards that a `DjangoAuth` puts around handlers. */
export interface AuthGuards<Row extends object = DjangoUserRow> {
  /**
   * Lets signed-in users through and redirects others to the login page: `loginUrl`, by default that of `djangoAuth()`.
   * With `loginUrl: null` they get 401 instead. Django's `login_required`.
   *
   * @throws {TypeError} if the handler is not a function, and for an unknown option
   * @throws {ImproperlyConfigured} `improperly_configured` for a `loginUrl` that is neither a path nor a URL
   * @throws {NotAuthenticated} from the handler, with the reason, if `loginUrl` is `null`; `auth.handle` answers 401
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, if token keys must be fetched and cannot be
   *
   * @example A page for signed-in users, others see the login page
   * ```ts
   * import type { DjangoAuth, Handler } from "@djauth/djauth";
   *
   * export function profile(auth: DjangoAuth): Handler {
   *   return auth.loginRequired((_request, _context, user) => new Response(`Hello ${user.username}`));
   * }
   * ```
   */
  loginRequired(handler: UserHandler<Row>, options?: GuardOptions): Handler<Row>;

  /**
   * Lets signed-in users through; others get 401, never a redirect.
   *
   * @throws {TypeError} if the handler is not a function
   * @throws {NotAuthenticated} from the handler, with the reason; `auth.handle` answers 401
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, if token keys must be fetched and cannot be
   *
   * @example An API endpoint, others get 401
   * ```ts
   * import type { DjangoAuth, Handler } from "@djauth/djauth";
   *
   * export function me(auth: DjangoAuth): Handler {
   *   return auth.userRequired((_request, _context, user) => Response.json(user));
   * }
   * ```
   */
  userRequired(handler: UserHandler<Row>): Handler<Row>;

  /**
   * Lets a user through if `condition` is `true` for them. Without `loginUrl`, visitors who are not signed in get 401
   * and users who fail the condition 403; with `loginUrl`, both are redirected there, as by Django's
   * `user_passes_test`.
   *
   * @throws {TypeError} if the condition or the handler is not a function, and for an unknown option
   * @throws {ImproperlyConfigured} `improperly_configured` for a `loginUrl` that is neither a path nor a URL
   * @throws {NotAuthenticated} from the handler, with the reason; `auth.handle` answers 401
   * @throws {PermissionDenied} `permission_denied`, from the handler; `auth.handle` answers 403
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, if token keys must be fetched and cannot be
   *
   * @example For staff only
   * ```ts
   * import type { DjangoAuth, Handler } from "@djauth/djauth";
   *
   * export function staffOnly(auth: DjangoAuth): Handler {
   *   return auth.conditionRequired((user) => user.is_staff, () => new Response("For staff"));
   * }
   * ```
   */
  conditionRequired(
    condition: (user: User<Row>, context: RequestContext<Row>) => boolean | Promise<boolean>,
    handler: UserHandler<Row>,
    options?: GuardOptions,
  ): Handler<Row>;

  /**
   * Checks every request with an unsafe method against Django's CSRF rules. Django's `csrf_protect`.
   *
   * @throws {TypeError} if the handler is not a function
   * @throws {CsrfError} `csrf_failed` with Django's reason, from the handler; `auth.handle` answers 403
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields, from the handler
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {DatabaseError} `database_permission_denied` if the role may not read sessions or users, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, if token keys must be fetched and cannot be
   *
   * @example A form that needs no login
   * ```ts
   * import type { DjangoAuth, Handler } from "@djauth/djauth";
   *
   * export function rename(auth: DjangoAuth): Handler {
   *   return auth.csrfProtect(async (_request, context) => {
   *     const name = (await context.formData()).get("name");
   *     return Response.json({ name });
   *   });
   * }
   * ```
   */
  csrfProtect(handler: Handler<Row>): Handler<Row>;

  /**
   * Returns the URL in `?next=`, or in the form field of that name, if it stays on this site, else `fallback`: never an
   * open redirect.
   *
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
   * @throws {TypeError} without a fallback, and for an unknown option
   * @throws {ImproperlyConfigured} `improperly_configured` for a `redirectFieldName` that is no name
   *
   * @example Back to the page that the visitor came from
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function goBack(auth: DjangoAuth, context: RequestContext): Promise<Response> {
   *   return new Response(null, { status: 302, headers: { location: await auth.safeNext(context, "/") } });
   * }
   * ```
   */
  safeNext(context: RequestContext<Row>, fallback: string, options?: SafeNextOptions): Promise<string>;
}

/** Creates the guards for users of this row type. */
export function createGuards<Row extends object>(): AuthGuards<Row> {
  return { loginRequired, userRequired, conditionRequired, csrfProtect, safeNext };
}
