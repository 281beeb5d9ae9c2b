/** Guards around handlers: Django's view decorators. The redirect to the login page is in `login_redirect.ts`. */

import { PermissionDenied } from "../../errors.ts";
import type { User } from "../../users/user.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import { requireCsrf } from "../request/csrf_check.ts";
import type { Handler, UserHandler } from "../request/handler.ts";
import { requireFunctions, requireGuardOptions } from "./check_guard.ts";
import { type GuardOptions, redirectToLogin } from "./login_redirect.ts";

/** See {@link AuthGuards.loginRequired}. */
export function loginRequired<Row extends object>(
  handler: UserHandler<Row>,
  options: GuardOptions = {},
): Handler<Row> {
  requireFunctions("loginRequired(handler, { loginUrl })", { handler });
  requireGuardOptions("loginRequired()", options);
  return async (request, context) => {
    const state = stateOf(context);
    const user = await context.user();
    if (user !== null) return await handler(request, context, user);
    if (options.loginUrl === null) throw await state.notAuthenticated();
    return redirectToLogin(context, options);
  };
}

/** See {@link AuthGuards.userRequired}. */
export function userRequired<Row extends object>(handler: UserHandler<Row>): Handler<Row> {
  requireFunctions("userRequired(handler)", { handler });
  return async (request, context) => {
    const state = stateOf(context);
    const user = await context.user();
    if (user === null) throw await state.notAuthenticated();
    return await handler(request, context, user);
  };
}

/** See {@link AuthGuards.conditionRequired}. */
export function conditionRequired<Row extends object>(
  condition: (user: User<Row>, context: RequestContext<Row>) => boolean | Promise<boolean>,
  handler: UserHandler<Row>,
  options: GuardOptions = {},
): Handler<Row> {
  requireFunctions("conditionRequired(condition, handler, { loginUrl })", { condition, handler });
  requireGuardOptions("conditionRequired()", options);
  return async (request, context) => {
    const state = stateOf(context);
    const user = await context.user();
    // Only `true` lets through: a condition that forgot to return must not.
    if (user !== null && await condition(user, context) === true) {
      return await handler(request, context, user);
    }
    // Only to a page given here: an API must not fall back to the login page of the site.
    if (options.loginUrl != null) return redirectToLogin(context, options);
    // With the reason, so that a client can tell a login that has ended from none at all.
    throw user === null ? await state.notAuthenticated() : new PermissionDenied();
  };
}

/** See {@link AuthGuards.csrfProtect}. */
export function csrfProtect<Row extends object>(handler: Handler<Row>): Handler<Row> {
  requireFunctions("csrfProtect(handler)", { handler });
  return async (request, context) => {
    await requireCsrf(stateOf(context));
    return await handler(request, context);
  };
}
