/**
 * Which Origin may open a WebSocket that is authenticated by a cookie. Browsers open sockets to other sites with those
 * sites' cookies and without a CSRF token: the Origin is the only protection. Refusals are handled elsewhere.
 */

import { isOriginVerified, type TrustedOriginSettings } from "./csrf_origin.ts";
import type { RequestFacts } from "./request_facts.ts";
import { isSameDomain } from "./same_domain.ts";
import { splitUrl } from "./split_url.ts";
import { parseOrigin, type WebOrigin } from "./web_origin.ts";

/**
 * The verdict on an Origin header; `missing` and `null` are refused unless an option allows them.
 */
export type SocketOriginVerdict = "allowed" | "missing" | "null" | "refused";

/**
 * Verifies the Origin of an upgrade by Django's CSRF rule: the request's own scheme, host and port on an allowed host,
 * or one of `trustedOrigins`. Channels compares host names only, which admits another port, another scheme, userinfo
 * and a path. Never throws. Mirrors `CsrfViewMiddleware._origin_verified`.
 */
export function verifySocketOrigin(
  facts: RequestFacts,
  settings: TrustedOriginSettings,
): SocketOriginVerdict {
  const origin = facts.header("origin");
  if (origin === null) return "missing";
  // A sandboxed frame of any site sends this.
  if (origin === "null") return "null";
  return isOriginVerified(facts, settings) ? "allowed" : "refused";
}

/**
 * Returns whether an Origin (null if there is none) is in a list in the syntax of Channels: `example.com`,
 * `.example.com` (the domain and its subdomains, any scheme and port), either with a scheme and a port
 * (`https://.example.com:8443`), or `*`. An Origin that no browser sends is rejected in any case. Never throws. Mirrors
 * `channels.security.websocket.OriginValidator`.
 */
export function verifyAllowedOrigins(origin: string | null, allowedOrigins: readonly string[]): boolean {
  const isAnyAllowed = allowedOrigins.includes("*");
  if (origin === null || origin === "null" || origin === "file://") return isAnyAllowed;
  const parsed = parseOrigin(origin);
  if (parsed === null) return false;
  return isAnyAllowed || allowedOrigins.some((pattern) => matchesPattern(parsed, pattern));
}

function matchesPattern(origin: WebOrigin, text: string): boolean {
  const pattern = splitUrl(text.toLowerCase());
  if (pattern === null) return false;
  // Without a scheme only the name counts, whatever the Origin's scheme and port.
  const isNameOnly = pattern.scheme === "";
  const netloc = isNameOnly ? splitUrl(`//${text.toLowerCase()}`)?.netloc : pattern.netloc;
  const [, host, digits] = /^([^:[\]@]+|\[[^\]]+\])(?::([0-9]*))?$/.exec(netloc ?? "") ?? [];
  if (host === undefined || !isSameDomain(origin.host, host)) return false;
  if (isNameOnly) return true;
  const port = digits ? Number(digits) : defaultPort(pattern.scheme);
  return pattern.scheme === origin.scheme && port === (origin.port ?? defaultPort(origin.scheme));
}

function defaultPort(scheme: string): number | null {
  if (scheme === "http" || scheme === "ws") return 80;
  return scheme === "https" || scheme === "wss" ? 443 : null;
}
