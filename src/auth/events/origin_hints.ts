/**
 * Hints about a refused Origin that is probably the site's own: of a page that works in development but not behind its
 * proxy, or that was served from another port.
 */

import { isOriginVerified, type TrustedOriginSettings } from "../../origin/csrf_origin.ts";
import { claimedHost, splitDomainPort, validateHost, verifyHost } from "../../origin/host.ts";
import type { RequestFacts } from "../../origin/request_facts.ts";
import { parseOrigin, type WebOrigin } from "../../origin/web_origin.ts";

/** Anybody can send requests with made-up hosts: after this many, no further hints are emitted. */
const MAX_HOSTS = 10;

/** Emits a hint for a refused request, once per host and cause. */
export type OriginHints = (facts: RequestFacts) => void;

/** Creates the hints of one `djangoAuth()`. */
export function createOriginHints(settings: TrustedOriginSettings, say: (hint: string) => void): OriginHints {
  const said = new Set<string>();
  return (facts) => {
    if (said.size >= MAX_HOSTS) return;
    const hint = hintFor(facts, settings);
    if (hint === null || said.has(hint)) return;
    said.add(hint);
    say(hint);
  };
}

/** Returns the hint; `null` if the Origin is another site's, or was refused for another reason. */
function hintFor(facts: RequestFacts, settings: TrustedOriginSettings): string | null {
  // Parsed strictly: untrusted input goes to a terminal, and the parts of an origin are plain characters.
  const origin = parseOrigin(facts.header("origin") ?? "");
  if (origin === null || isOriginVerified(facts, settings)) return null;
  const refused = `the Origin ${quotedShort(`${origin.scheme}://${origin.netloc}`)} was refused, since`;
  const claimed = claimedHost(facts, settings)?.toLowerCase();
  if (claimed !== origin.netloc) {
    const isForwarded = facts.header("x-forwarded-host")?.toLowerCase() === origin.netloc;
    return isForwarded && !settings.useXForwardedHost
      ? `${refused} the request has a different Host: if a proxy sets X-Forwarded-Host, set useXForwardedHost: true`
      : neighbourHint(origin, claimed ?? "", settings, refused) ??
        proxyHint(origin, claimed ?? "", settings, refused);
  }
  if (verifyHost(facts, settings) === null) {
    const host = quotedShort(splitDomainPort(claimed).domain);
    return `${refused} its host is not one of allowedHosts: if it is yours, set allowedHosts: [${host}]`;
  }
  if (origin.scheme === "https" && !facts.secure) {
    return settings.secureProxySslHeader === null
      ? `${refused} the request came over plain HTTP: if a proxy terminates TLS, ` +
        'set secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"]'
      : `${refused} the request came over plain HTTP, also according to the header in secureProxySslHeader: ` +
        "make the proxy set it, in nginx with proxy_set_header X-Forwarded-Proto $scheme";
  }
  return null;
}

/** The names of the local machine, as used in development. */
const LOCAL_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Returns the hint for a page of another server on the same host, such as Django's in development, or of another
 * subdomain; else `null`.
 */
function neighbourHint(
  page: WebOrigin,
  claimed: string,
  { allowedHosts }: TrustedOriginSettings,
  refused: string,
): string | null {
  const { domain } = splitDomainPort(claimed);
  const named = namedHosts(allowedHosts);
  const isSubdomain = validateHost(page.host, named) && validateHost(domain, named);
  if (domain === page.host || isSubdomain) {
    const from = domain === page.host ? "another port" : "another host of allowedHosts";
    return `${refused} that page was served from ${from}: if it is yours, ` +
      `set csrf: { trustedOrigins: [${quotedShort(`${page.scheme}://${page.netloc}`)}] }`;
  }
  return LOCAL_NAMES.includes(domain) && LOCAL_NAMES.includes(page.host)
    ? `${refused} the request went to ${
      quotedShort(domain)
    }: open both under the same name, since cookies are bound to the name`
    : null;
}

/**
 * Returns the hint for a page of the site itself, whose proxy replaces Host by its own name for this server; else
 * `null`.
 */
function proxyHint(
  page: WebOrigin,
  claimed: string,
  { allowedHosts }: TrustedOriginSettings,
  refused: string,
): string | null {
  const { domain } = splitDomainPort(claimed);
  const named = namedHosts(allowedHosts);
  return domain !== "" && validateHost(page.host, named) && !validateHost(domain, named)
    ? `${refused} the request has the Host ${
      quotedShort(domain)
    }: make the proxy pass on the original one, ` +
      "in nginx with proxy_set_header Host $http_host"
    : null;
}

/** Every host is one of "*", which tells nothing about a site. */
function namedHosts(allowedHosts: readonly string[]): string[] {
  return allowedHosts.filter((pattern) => pattern !== "*");
}

function quotedShort(text: string): string {
  return JSON.stringify(text.slice(0, 260));
}
