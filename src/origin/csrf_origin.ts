/**
 * Where a request came from: Django's rules on Origin and Referer. Used by the CSRF check (csrf.ts) and the check of a
 * socket's Origin (socket_origin.ts).
 */

import { ImproperlyConfigured } from "../errors.ts";
import { getPort, type HostSettings, verifyHost } from "./host.ts";
import type { RequestFacts } from "./request_facts.ts";
import { isSameDomain } from "./same_domain.ts";
import { joinUrl, splitUrl } from "./split_url.ts";
import { isPlainNetloc, parseOrigin } from "./web_origin.ts";

/** The settings of the Origin check, under Django's names without `CSRF_`. */
export interface TrustedOriginSettings extends HostSettings {
  /** Django's `CSRF_TRUSTED_ORIGINS`: exact, or `https://*.example.com` for a domain and its subdomains. */
  readonly trustedOrigins: readonly string[];
}

/** The settings of the Referer check: the trusted origins and the domain of the cookie. */
export interface RefererSettings extends TrustedOriginSettings {
  /** Django's `CSRF_USE_SESSIONS`. */
  readonly useSessions: boolean;
  /** Django's `CSRF_COOKIE_DOMAIN`. */
  readonly cookieDomain: string | null;
  /** Django's `SESSION_COOKIE_DOMAIN`. */
  readonly sessionCookieDomain: string | null;
}

/**
 * Rejects trusted origins without a scheme, as Django's system check `4_0.E001` does, and malformed ones, which Django
 * accepts and no browser ever sends.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireTrustedOrigins(origins: readonly string[]): void {
  for (const origin of origins) {
    if (!origin.includes("://")) {
      throw wrongOrigin(origin, 'an origin with its scheme, such as "https://example.com"');
    }
    if (isAsBrowsersSend(origin)) continue;
    throw wrongOrigin(
      origin,
      'an origin as browsers send it, without a path and in lower case, such as "https://example.com", ' +
        '"https://example.com:8443" or "https://*.example.com"',
    );
  }
}

function wrongOrigin(origin: string, expected: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `csrf.trustedOrigins contains ${JSON.stringify(origin)}, expected ${expected}`,
  );
}

/** Returns whether an Origin header can match this trusted origin. */
function isAsBrowsersSend(trusted: string): boolean {
  const origin = trusted.replace("://*.", "://any.");
  if (origin.includes("*")) return false;
  // An application's own scheme, of whose origins nothing else is known.
  if (!/^https?:/.test(origin)) return /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*$/.test(origin);
  return URL.canParse(origin) && new URL(origin).origin === origin;
}

/**
 * Returns whether the Origin header is the request's own scheme, host and port on an allowed host, or a trusted origin;
 * false if there is none. Mirrors `CsrfViewMiddleware._origin_verified`, but rejects origins that no browser sends.
 */
export function isOriginVerified(facts: RequestFacts, settings: TrustedOriginSettings): boolean {
  const text = facts.header("origin");
  if (text === null) return false;
  const host = verifyHost(facts, settings);
  if (host !== null && text === `${facts.secure ? "https" : "http"}://${host}`) return true;
  if (settings.trustedOrigins.some((trusted) => !trusted.includes("*") && trusted === text)) return true;
  // Parsed strictly: "https://evil.com, .example.com" ends like a subdomain, but is two headers.
  const origin = parseOrigin(text);
  return origin !== null && settings.trustedOrigins.some((trusted) => {
    const pattern = trusted.includes("*") ? splitUrl(trusted) : null;
    return pattern !== null && pattern.scheme === origin.scheme &&
      isSameDomain(origin.netloc, wildcardDomain(pattern.netloc));
  });
}

/**
 * Returns Django's reason to refuse the Referer of an HTTPS request, or null. Mirrors
 * `CsrfViewMiddleware._check_referer`.
 */
export function refererFault(facts: RequestFacts, settings: RefererSettings): string | null {
  const text = facts.header("referer");
  if (text === null) return "Referer checking failed - no Referer.";
  const referer = splitUrl(text);
  if (referer === null || referer.scheme === "" || referer.netloc === "") {
    return "Referer checking failed - Referer is malformed.";
  }
  // A page loaded over plain HTTP may have been written by anybody on the network.
  if (referer.scheme !== "https") {
    return "Referer checking failed - Referer is insecure while host is secure.";
  }
  const isTrusted = isPlainNetloc(referer.netloc) &&
    (isTrustedNetloc(referer.netloc, settings) || isOwnNetloc(referer.netloc, facts, settings));
  if (isTrusted) return null;
  return `Referer checking failed - ${joinUrl(referer)} does not match any trusted origins.`;
}

function isTrustedNetloc(netloc: string, settings: RefererSettings): boolean {
  return settings.trustedOrigins.some((trusted) =>
    isSameDomain(netloc, wildcardDomain(splitUrl(trusted)?.netloc ?? ""))
  );
}

/**
 * Returns whether a referer has the cookie's domain, if one is set, else exactly the host and port of the request.
 */
function isOwnNetloc(netloc: string, facts: RequestFacts, settings: RefererSettings): boolean {
  const domain = settings.useSessions ? settings.sessionCookieDomain : settings.cookieDomain;
  if (domain === null) {
    const host = verifyHost(facts, settings);
    return host !== null && isSameDomain(netloc, host);
  }
  const port = getPort(facts, settings);
  return isSameDomain(netloc, port === "443" || port === "80" ? domain : `${domain}:${port}`);
}

/** Turns `*.example.com` into `.example.com`, the form of {@link isSameDomain}. */
function wildcardDomain(netloc: string): string {
  return netloc.replace(/^\*+/, "");
}
