/**
 * Which Origin may open a WebSocket that rests on a cookie. Browsers open sockets to other sites with the
 * cookies of those, and no token is asked for: the Origin is all there is. What is done about a refusal is
 * not decided here.
 */

import { isOriginVerified, type TrustedOriginSettings } from "./csrf_origin.ts";
import type { RequestFacts } from "./request_facts.ts";
import { isSameDomain } from "./same_domain.ts";
import { splitUrl } from "./split_url.ts";
import { parseOrigin, type WebOrigin } from "./web_origin.ts";

/**
 * What an Origin header says to the rule; `missing` and `null` are refused unless an option says otherwise.
 */
export type SocketOriginVerdict = "allowed" | "missing" | "null" | "refused";

/**
 * Judges the Origin of an upgrade by Django's CSRF rule: the request's own scheme, host and port on an
 * allowed host, or one of `trustedOrigins`. Channels compares the host's name only, which lets in another
 * port, another scheme, userinfo and a path. Never throws. Mirrors `CsrfViewMiddleware._origin_verified`.
 */
export function verifySocketOrigin(
  facts: RequestFacts,
  settings: TrustedOriginSettings,
): SocketOriginVerdict {
  const origin = facts.header("origin");
  if (origin === null) return "missing";
  // A sandboxed frame of any site whatsoever sends this.
  if (origin === "null") return "null";
  return isOriginVerified(facts, settings) ? "allowed" : "refused";
}

/**
 * Whether an Origin, null if there is none, is in a list of the grammar of Channels: `example.com`,
 * `.example.com` (the domain with all below it, any scheme and port), either with a scheme and a port
 * (`https://.example.com:8443`), or `*`. An Origin that no browser sends is refused all the same. Never
 * throws. Mirrors `channels.security.websocket.OriginValidator`.
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
  // Without a scheme it is the name that counts, whatever the scheme and the port.
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
