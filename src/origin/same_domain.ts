/**
 * Django's rule for matching a host with a pattern. The syntax of hosts is in host.ts.
 */

/**
 * Returns whether a host equals the pattern or, if the pattern starts with a dot, is the domain or one of its
 * subdomains. The host must be in lower case. Mirrors `django.utils.http.is_same_domain`.
 */
export function isSameDomain(host: string, pattern: string): boolean {
  if (pattern === "") return false;
  const lower = pattern.toLowerCase();
  // With its dot, so that evil-example.com is not a subdomain of .example.com.
  return lower === host || (lower.startsWith(".") && (host.endsWith(lower) || host === lower.slice(1)));
}
