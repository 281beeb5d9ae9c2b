/** Guards around handlers: who may pass. Django's decorators for views. Where the others are sent is in `login_redirect.ts`. */

import { PermissionDenied } from "../../errors.ts";
import type { User } from "../../users/user.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { Handler, UserHandler } from "../request/handler.ts";
import { requireFunctions, requireGuardOptions } from "./check_guard.ts";
import { type GuardOptions, redirectToLogin } from "./login_redirect.ts";

/**
 * Lets signed-in users pass and sends others to the login page. Django's `login_required`.
 *
 * @throws {TypeError} where the handler is no function, and for an option that does not exist
 * @throws {NotAuthenticated} with the reason, where `loginUrl` is `null`
 */
export function loginRequired<Row extends object>(
  handler: UserHandler<Row>,
  options: GuardOptions = {},
): Handler<Row> {
  requireFunctions("loginRequired(handler, { loginUrl })", { handler });
  requireGuardOptions("loginRequired()", options);
  return async (request, context) => {
    const user = await context.user();
    if (user !== null) return await handler(request, context, user);
    if (options.loginUrl === null) throw await stateOf(context).notAuthenticated();
    return redirectToLogin(context, options);
  };
}

/**
 * Lets signed-in users pass; others get 401.
 *
 * @throws {NotAuthenticated} with the reason, which the adapters answer with
 */
export function userRequired<Row extends object>(handler: UserHandler<Row>): Handler<Row> {
  requireFunctions("userRequired(handler)", { handler });
  return async (request, context) => {
    const user = await context.user();
    if (user === null) throw await stateOf(context).notAuthenticated();
    return await handler(request, context, user);
  };
}

/**
 * Lets users pass for whom `condition` holds. Who is not signed in gets 401, who is and may not 403; with a `loginUrl`
 * both are sent there instead, as Django's `user_passes_test` does.
 *
 * @throws {NotAuthenticated} with the reason
 * @throws {PermissionDenied} `permission_denied`
 */
export function conditionRequired<Row extends object>(
  condition: (user: User<Row>, context: RequestContext<Row>) => boolean | Promise<boolean>,
  handler: UserHandler<Row>,
  options: GuardOptions = { loginUrl: null },
): Handler<Row> {
  requireFunctions("conditionRequired(condition, handler, { loginUrl })", { condition, handler });
  requireGuardOptions("conditionRequired()", options);
  return async (request, context) => {
    const user = await context.user();
    // Only `true` lets in: a condition that forgot to return must not.
    if (user !== null && await condition(user, context) === true) {
      return await handler(request, context, user);
    }
    if (options.loginUrl !== null) return redirectToLogin(context, options);
    // With the reason, so that a client can tell a login that ended from none.
    throw user === null ? await stateOf(context).notAuthenticated() : new PermissionDenied();
  };
}

/** Holds every request that changes something against Django's CSRF rules. Django's `csrf_protect`. */
export function csrfProtect<Row extends object>(handler: Handler<Row>): Handler<Row> {
  requireFunctions("csrfProtect(handler)", { handler });
  return async (request, context) => {
    await context.requireCsrf();
    return await handler(request, context);
  };
}
