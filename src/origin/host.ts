/**
 * The host a request was sent to, and whether it is one of ALLOWED_HOSTS. Mirrors `HttpRequest.get_host` and
 * `get_port`. Origins and referers, which name the page a request came from, are in csrf_origin.ts.
 */

import type { ProxySettings, RequestFacts } from "./request_facts.ts";
import { isSameDomain } from "./same_domain.ts";

/** The settings of the host check, under Django's names. Not to be changed once used: a host is remembered by them. */
export interface HostSettings extends ProxySettings {
  /** Django's `ALLOWED_HOSTS`: names, `.example.com` for a domain and its subdomains, `*` for any. */
  readonly allowedHosts: readonly string[];
  /** Django's `DEBUG`: if there are no allowed hosts, the names of this machine are allowed. */
  readonly debug: boolean;
  /** Django's `USE_X_FORWARDED_HOST`: trust the proxy's `X-Forwarded-Host`. */
  readonly useXForwardedHost: boolean;
  /** Django's `USE_X_FORWARDED_PORT`: trust the proxy's `X-Forwarded-Port`. */
  readonly useXForwardedPort: boolean;
}

/** The two parts of a host. */
export interface DomainAndPort {
  /** In lower case, without a trailing dot; empty if the host is malformed. */
  readonly domain: string;
  /** The digits; empty if there is none. */
  readonly port: string;
}

const LOCAL_HOSTS: readonly string[] = [".localhost", "127.0.0.1", "[::1]"];
// Lists both cases of ASCII letters: lower-casing first would turn the Kelvin sign into a "k".
const HOST = /^([a-zA-Z0-9.-]+|\[[a-fA-F0-9]*:[a-fA-F0-9.:]+\])(?::([0-9]+))?$/;

/**
 * Splits a host; both parts are empty if it is malformed. Mirrors `django.http.request.split_domain_port`.
 */
export function splitDomainPort(host: string): DomainAndPort {
  const parts = HOST.exec(host);
  if (parts === null) return { domain: "", port: "" };
  const domain = (parts[1] ?? "").toLowerCase();
  return { domain: domain.endsWith(".") ? domain.slice(0, -1) : domain, port: parts[2] ?? "" };
}

/**
 * Returns whether a domain from {@link splitDomainPort} is allowed. Mirrors `django.http.request.validate_host`.
 */
export function validateHost(domain: string, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((pattern) => pattern === "*" || isSameDomain(domain, pattern));
}

/** The host last allowed by each settings object: nearly all requests to a site name the same one. */
const lastAllowed = new WeakMap<HostSettings, string>();

/**
 * Returns the host of a request, with its port if one was sent, or null if it is malformed or not allowed. Never
 * throws. Mirrors `HttpRequest.get_host`.
 */
export function verifyHost(facts: RequestFacts, settings: HostSettings): string | null {
  const host = claimedHost(facts, settings);
  if (host === null || host === lastAllowed.get(settings)) return host;
  const isLocalOnly = settings.debug && settings.allowedHosts.length === 0;
  const { domain } = splitDomainPort(host);
  const isAllowed = domain !== "" && validateHost(domain, isLocalOnly ? LOCAL_HOSTS : settings.allowedHosts);
  if (!isAllowed) return null;
  lastAllowed.set(settings, host);
  return host;
}

/** Returns the port of a request as a string. Mirrors `HttpRequest.get_port`. */
export function getPort(facts: RequestFacts, settings: HostSettings): string {
  const forwarded = settings.useXForwardedPort ? facts.header("x-forwarded-port") : null;
  return forwarded ?? facts.serverPort ?? (facts.secure ? "443" : "80");
}

/** Returns the unverified host of a request; two Host headers arrive joined by a comma, which is not a valid host. */
export function claimedHost(facts: RequestFacts, settings: HostSettings): string | null {
  const forwarded = settings.useXForwardedHost ? facts.header("x-forwarded-host") : null;
  const claimed = forwarded ?? facts.header("host");
  if (claimed !== null) return claimed;
  if (facts.serverName === undefined) return null;
  const port = getPort(facts, settings);
  return port === (facts.secure ? "443" : "80") ? facts.serverName : `${facts.serverName}:${port}`;
}
