/**
 * The guards of a `DjangoAuth`, which know the rows of their `djangoAuth()`. What they do is in `guards/`; here is what users
 * read about them.
 */

import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { RequestContext } from "../request/context.ts";
import { conditionRequired, csrfProtect, loginRequired, userRequired } from "../guards/guards.ts";
import type { GuardOptions } from "../guards/login_redirect.ts";
import { safeNext } from "../guards/safe_next.ts";
import type { Handler, UserHandler } from "../request/handler.ts";

/** What a `DjangoAuth` puts around handlers. */
export interface AuthGuards<Row extends object = DjangoUserRow> {
  /**
   * Lets signed-in users pass and sends others to the login page. Django's `login_required`.
   *
   * @throws {TypeError} where the handler is no function, and for an option that does not exist
   * @throws {ImproperlyConfigured} `improperly_configured` for a `loginUrl` that is neither path nor address
   * @throws {NotAuthenticated} from the handler, with the reason, where `loginUrl` is `null`; `auth.handle` answers 401
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, where the keys of tokens have to be fetched and cannot be
   *
   * @example A page, with the login page in its place
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
   * Lets signed-in users pass; others get 401.
   *
   * @throws {TypeError} where the handler is no function
   * @throws {NotAuthenticated} from the handler, with the reason; `auth.handle` answers 401
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, where the keys of tokens have to be fetched and cannot be
   *
   * @example An API, with 401 in its place
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
   * Lets users pass for whom `condition` is `true`; others get 401 or 403, or the login page where `loginUrl` is given.
   * Django's `user_passes_test`.
   *
   * @throws {TypeError} where the condition or the handler is no function, and for an option that does not exist
   * @throws {ImproperlyConfigured} `improperly_configured` for a `loginUrl` that is neither path nor address
   * @throws {NotAuthenticated} from the handler, with the reason; `auth.handle` answers 401
   * @throws {PermissionDenied} `permission_denied`, from the handler; `auth.handle` answers 403
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, where the keys of tokens have to be fetched and cannot be
   *
   * @example For members of the staff
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
   * Holds what changes something against Django's CSRF rules. Django's `csrf_protect`.
   *
   * @throws {TypeError} where the handler is no function
   * @throws {CsrfError} `csrf_failed` with Django's reason, from the handler; `auth.handle` answers 403
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields, from the handler
   * @throws {DatabaseUnavailable} `database_unavailable`, from the handler
   * @throws {KeysUnavailable} `keys_unavailable`, from the handler, where the keys of tokens have to be fetched and cannot be
   *
   * @example A form without a login
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
   * Where `?next=`, or the form's field of that name, leads when that is on this site, else `fallback`: never an open
   * redirect.
   *
   * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
   *
   * @example Back to where the visitor came from
   * ```ts
   * import type { DjangoAuth, RequestContext } from "@djauth/djauth";
   *
   * export async function goBack(auth: DjangoAuth, context: RequestContext): Promise<Response> {
   *   return new Response(null, { status: 302, headers: { location: await auth.safeNext(context, "/") } });
   * }
   * ```
   */
  safeNext(context: RequestContext<Row>, fallback: string, redirectFieldName?: string): Promise<string>;
}

/** The guards for users of these rows. */
export function createGuards<Row extends object>(): AuthGuards<Row> {
  return { loginRequired, userRequired, conditionRequired, csrfProtect, safeNext };
}
