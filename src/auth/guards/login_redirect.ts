/** The redirect to the login page, for guards; the way back is in `safe_next.ts`. */

import { urlOf } from "../../internal/request_url.ts";
import { verifyHost } from "../../origin/host.ts";
import { iriToUri } from "../../origin/safe_url.ts";
import { splitUrl } from "../../origin/split_url.ts";
import { isOneTimeShape } from "../core/one_time_logins.ts";
import { type RequestContext, stateOf } from "../request/context.ts";

/** Options of `loginRequired()` and `conditionRequired()`: where to redirect visitors who are not let through. */
export interface GuardOptions {
  /**
   * The login page, a path or a URL. If not given, `loginRequired()` uses the `loginUrl` of `djangoAuth()`, and
   * `conditionRequired()` does not redirect. `null`: neither redirects; the answer is 401 (or 403).
   */
  loginUrl?: string | null;
  /** The query parameter that holds the way back, `next` by default. Django's `redirect_field_name`. */
  redirectFieldName?: string;
}

/** Returns the redirect to the login page. Django's `redirect_to_login`. */
export function redirectToLogin<Row extends object>(
  context: RequestContext<Row>,
  options: GuardOptions,
): Response {
  const { settings } = stateOf(context).core;
  const login = options.loginUrl ?? settings.loginUrl;
  const [address = "", fragment] = login.split("#", 2);
  const [path, query] = address.split("?", 2);
  const fields = new URLSearchParams(query);
  fields.set(options.redirectFieldName ?? "next", wayBack(context, login));
  const hash = fragment === undefined ? "" : `#${fragment}`;
  // As Python's urlencode(safe="/") writes it.
  const text = fields.toString().replaceAll("+", "%20").replaceAll("%2F", "/").replaceAll("%7E", "~")
    .replaceAll("*", "%2A");
  const location = iriToUri(`${path}?${text}${hash}`);
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } });
}

/**
 * Returns path and query; with scheme and host if the login page is on another site, which could not find the way back
 * otherwise. The Host of a request is only trusted if it is one of `allowedHosts`.
 */
function wayBack<Row extends object>(context: RequestContext<Row>, login: string): string {
  const { facts, core } = stateOf(context);
  const { pathname, search: whole } = urlOf(context.request);
  const search = withoutLogins(whole, core.jwt?.transport.queryToken ?? null);
  const { scheme = "", netloc = "" } = splitUrl(login) ?? {};
  const ownScheme = facts.secure ? "https" : "http";
  const host = scheme === "" && netloc === "" ? null : verifyHost(facts, core.settings.origin);
  const isHere = (scheme === "" || scheme === ownScheme) && (netloc === "" || netloc === host);
  return host === null || isHere ? pathname + search : `${ownScheme}://${host}${pathname}${search}`;
}

/**
 * Strips from the query a token and a ticket, as of an upgrade that missed the path of the sockets: they are for this
 * server alone, and the way back is logged and may go to another site.
 */
function withoutLogins(search: string, queryToken: string | null): string {
  const kept = search.slice(1).split("&").filter((text) => {
    const field = new URLSearchParams(text);
    const isTicket = isOneTimeShape(field.get("ticket") ?? "");
    return !isTicket && !(queryToken !== null && field.has(queryToken));
  });
  return kept.join("&") === "" ? "" : `?${kept.join("&")}`;
}
