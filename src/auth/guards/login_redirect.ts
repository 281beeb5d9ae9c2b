/** The way to the login page, for guards that send visitors there; the way back is in `safe_next.ts`. */

import { urlOf } from "../../internal/request_url.ts";
import { verifyHost } from "../../origin/host.ts";
import { iriToUri } from "../../origin/safe_url.ts";
import { splitUrl } from "../../origin/split_url.ts";
import { type RequestContext, stateOf } from "../request/context.ts";

/** Where a guard sends those who may not pass. */
export interface GuardOptions {
  /** The page to log in on; `loginUrl` of `djangoAuth()` by default. `null` answers 401 (or 403) instead. */
  loginUrl?: string | null;
  /** The name of the query field with the way back, by default `next`. Django's `redirect_field_name`. */
  redirectFieldName?: string;
}

/** Django's `redirect_to_login`. */
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
  const { pathname, search: whole } = urlOf(context.request);
  const search = withoutField(whole, core.jwt?.transport.queryToken ?? null);
  const { scheme = "", netloc = "" } = splitUrl(login) ?? {};
  const ownScheme = facts.secure ? "https" : "http";
  const host = scheme === "" && netloc === "" ? null : verifyHost(facts, core.settings.origin);
  const isHere = (scheme === "" || scheme === ownScheme) && (netloc === "" || netloc === host);
  return host === null || isHere ? pathname + search : `${ownScheme}://${host}${pathname}${search}`;
}

/** A token that came in the query is for this server alone: the way back is written into logs, and may go to another site. */
function withoutField(search: string, name: string | null): string {
  if (name === null) return search;
  const kept = search.slice(1).split("&").filter((field) => !new URLSearchParams(field).has(name));
  return kept.join("&") === "" ? "" : `?${kept.join("&")}`;
}
