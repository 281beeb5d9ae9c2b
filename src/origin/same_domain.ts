/**
 * Django's rule for a host and a pattern of hosts. host.ts says what a host may look like.
 */

/**
 * Whether a host is the pattern or, where the pattern begins with a dot, the domain or any of its subdomains.
 * The host is to be in lower case. Mirrors `django.utils.http.is_same_domain`.
 */
export function isSameDomain(host: string, pattern: string): boolean {
  if (pattern === "") return false;
  const lower = pattern.toLowerCase();
  // With its dot, so that evil-example.com is no subdomain of .example.com.
  return lower === host || (lower.startsWith(".") && (host.endsWith(lower) || host === lower.slice(1)));
}
