/** Guards around handlers: who may pass, and what the others get. Django's decorators for views. */

import { PermissionDenied } from "../../errors.ts";
import { urlOf } from "../../internal/request_url.ts";
import { verifyHost } from "../../origin/host.ts";
import { splitUrl } from "../../origin/split_url.ts";
import { iriToUri, urlHasAllowedHostAndScheme } from "../../origin/safe_url.ts";
import type { User } from "../../users/user.ts";
import { requireAddress } from "../options/address_checks.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import { formOrNull, hasForm } from "../request/form_body.ts";
import type { Handler, UserHandler } from "../request/handler.ts";

/** Where a guard sends those who may not pass. */
export interface GuardOptions {
  /** The page to log in on; `loginUrl` of `djangoAuth()` by default. `null` answers 401 (or 403) instead. */
  loginUrl?: string | null;
  /** The name of the query field with the way back, by default `next`. Django's `redirect_field_name`. */
  redirectFieldName?: string;
}

/**
 * Lets signed-in users pass and sends others to the login page. Django's `login_required`.
 *
 * @throws {NotAuthenticated} with the reason, where `loginUrl` is `null`
 */
export function loginRequired<Row extends object>(
  handler: UserHandler<Row>,
  options: GuardOptions = {},
): Handler<Row> {
  if (options.loginUrl !== null) requireAddress("loginUrl", options.loginUrl);
  return async (request, context) => {
    const user = await context.user();
    if (user !== null) return await handler(request, context, user);
    if (options.loginUrl === null) throw await stateOf(context).notAuthenticated();
    return toLogin(context, options);
  };
}

/**
 * Lets signed-in users pass; others get 401.
 *
 * @throws {NotAuthenticated} with the reason, which the adapters answer with
 */
export function userRequired<Row extends object>(handler: UserHandler<Row>): Handler<Row> {
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
  if (options.loginUrl !== null) requireAddress("loginUrl", options.loginUrl);
  return async (request, context) => {
    const user = await context.user();
    // Only `true` lets in: a condition that forgot to return must not.
    if (user !== null && await condition(user, context) === true) {
      return await handler(request, context, user);
    }
    if (options.loginUrl !== null) return toLogin(context, options);
    // With the reason, so that a client can tell a login that ended from none.
    throw user === null ? await stateOf(context).notAuthenticated() : new PermissionDenied();
  };
}

/** Holds every request that changes something against Django's CSRF rules. Django's `csrf_protect`. */
export function csrfProtect<Row extends object>(handler: Handler<Row>): Handler<Row> {
  return async (request, context) => {
    await context.requireCsrf();
    return await handler(request, context);
  };
}

/** Django's `redirect_to_login`. */
function toLogin<Row extends object>(context: RequestContext<Row>, options: GuardOptions): Response {
  const { settings } = stateOf(context).core;
  const login = options.loginUrl ?? settings.loginUrl;
  const [address = "", fragment] = login.split("#", 2);
  const [path, query] = address.split("?", 2);
  const fields = new URLSearchParams(query);
  fields.set(options.redirectFieldName ?? "next", wayBack(context, login));
  const hash = fragment === undefined ? "" : `#${fragment}`;
  // As Python's urlencode(safe="/") writes it.
  const text = fields.toString().replaceAll("%2F", "/").replaceAll("%7E", "~").replaceAll("*", "%2A");
  const location = iriToUri(`${path}?${text}${hash}`);
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } });
}

/**
 * Path and query; with scheme and host where the login page is on another site, which could not find the way back
 * otherwise. The host of a request is believed only where it is one of `allowedHosts`.
 */
function wayBack<Row extends object>(context: RequestContext<Row>, login: string): string {
  const { facts, core } = stateOf(context);
  const { pathname, search } = urlOf(context.request);
  const { scheme = "", netloc = "" } = splitUrl(login) ?? {};
  const ownScheme = facts.secure ? "https" : "http";
  const host = scheme === "" && netloc === "" ? null : verifyHost(facts, core.settings.origin);
  const isHere = (scheme === "" || scheme === ownScheme) && (netloc === "" || netloc === host);
  return host === null || isHere ? pathname + search : `${ownScheme}://${host}${pathname}${search}`;
}

/**
 * The address in `?next=` (or the form's field) when it stays on this site, else `fallback`. Django's
 * `RedirectURLMixin.get_success_url`. A form that nobody has read yet is read; a broken one counts as none.
 *
 * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
 */
export async function safeNext<Row extends object>(
  context: RequestContext<Row>,
  fallback: string,
  redirectFieldName: string = "next",
): Promise<string> {
  const { facts, core } = stateOf(context);
  const fields = urlOf(context.request).searchParams;
  const next = await fieldOfForm(context, redirectFieldName) ?? fields.get(redirectFieldName);
  const host = verifyHost(facts, core.settings.origin);
  // Never to another site: a link to our login page must not end on somebody else's.
  const isSafe = next !== null && urlHasAllowedHostAndScheme(next, host === null ? [] : [host], facts.secure);
  return isSafe ? iriToUri(next) : fallback;
}

async function fieldOfForm<Row extends object>(
  context: RequestContext<Row>,
  name: string,
): Promise<string | null> {
  const state = stateOf(context);
  const { request } = context;
  // Read here where nobody has: whether login or this is asked first must not decide where the way leads.
  const form = state.readForm ?? (hasForm(request) && !request.bodyUsed ? state.formData() : null);
  const value = form === null ? null : (await formOrNull(form))?.get(name);
  return typeof value === "string" ? value : null;
}
