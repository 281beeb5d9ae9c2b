/**
 * A hint where an Origin was refused that is probably the site's own: a page that works at home and not behind its proxy, or
 * that another port has served.
 */

import { isOriginVerified, type TrustedOriginSettings } from "../../origin/csrf_origin.ts";
import { claimedHost, splitDomainPort, validateHost, verifyHost } from "../../origin/host.ts";
import type { RequestFacts } from "../../origin/request_facts.ts";
import { parseOrigin, type WebOrigin } from "../../origin/web_origin.ts";

/** Anybody can send requests under made-up names: after so many hosts there is silence. */
const MOST_HOSTS = 10;

/** Tells of a refused request, once for each host and cause. */
export type OriginHints = (facts: RequestFacts) => void;

/** Makes the hints of one `djangoAuth()`. */
export function createOriginHints(settings: TrustedOriginSettings, say: (hint: string) => void): OriginHints {
  const said = new Set<string>();
  return (facts) => {
    if (said.size >= MOST_HOSTS) return;
    const hint = hintFor(facts, settings);
    if (hint === null || said.has(hint)) return;
    said.add(hint);
    say(hint);
  };
}

/** `null` for an Origin that is another site's, or was refused for another reason. */
function hintFor(facts: RequestFacts, settings: TrustedOriginSettings): string | null {
  // Parsed strictly: what a stranger wrote goes to a terminal, and the parts of an origin are plain characters.
  const origin = parseOrigin(facts.header("origin") ?? "");
  if (origin === null || isOriginVerified(facts, settings)) return null;
  const refused = `the Origin ${quoted(`${origin.scheme}://${origin.netloc}`)} was refused, since`;
  const claimed = claimedHost(facts, settings)?.toLowerCase();
  if (claimed !== origin.netloc) {
    const isForwarded = facts.header("x-forwarded-host")?.toLowerCase() === origin.netloc;
    return isForwarded && !settings.useXForwardedHost
      ? `${refused} the request came with another Host: where a proxy sets X-Forwarded-Host, say useXForwardedHost: true`
      : neighbourHint(origin, claimed ?? "", refused) ?? proxyHint(origin, claimed ?? "", settings, refused);
  }
  if (verifyHost(facts, settings) === null) {
    const host = quoted(splitDomainPort(claimed).domain);
    return `${refused} its host is not one of allowedHosts: if it is yours, say allowedHosts: [${host}]`;
  }
  if (origin.scheme === "https" && !facts.secure) {
    return settings.secureProxySslHeader === null
      ? `${refused} the request came over plain HTTP: where a proxy ends TLS, ` +
        'say secureProxySslHeader: ["HTTP_X_FORWARDED_PROTO", "https"]'
      : `${refused} the request came over plain HTTP, also by the header that secureProxySslHeader names: ` +
        "let the proxy set it, in nginx by proxy_set_header X-Forwarded-Proto $scheme";
  }
  return null;
}

/** The names under which a machine serves its own pages, as in development. */
const LOCAL_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** For a page of another server on the same host, such as Django's own in development; `null` for any other site's. */
function neighbourHint(page: WebOrigin, claimed: string, refused: string): string | null {
  const { domain } = splitDomainPort(claimed);
  if (domain === page.host) {
    return `${refused} another port has served that page: if it is yours, ` +
      `say csrf: { trustedOrigins: [${quoted(`${page.scheme}://${page.netloc}`)}] }`;
  }
  return LOCAL_NAMES.includes(domain) && LOCAL_NAMES.includes(page.host)
    ? `${refused} the request went to ${
      quoted(domain)
    }: open both under one name, since cookies belong to a name`
    : null;
}

/** For a page of the site itself, whose proxy has put its own name for this server into Host. */
function proxyHint(
  page: WebOrigin,
  claimed: string,
  { allowedHosts }: TrustedOriginSettings,
  refused: string,
): string | null {
  const { domain } = splitDomainPort(claimed);
  const named = allowedHosts.filter((pattern) => pattern !== "*");
  return domain !== "" && validateHost(page.host, named) && !validateHost(domain, named)
    ? `${refused} the request came with the Host ${
      quoted(domain)
    }: let the proxy pass on the one that it got, ` +
      "in nginx by proxy_set_header Host $http_host"
    : null;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 260));
}
