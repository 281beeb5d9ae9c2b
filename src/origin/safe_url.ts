/**
 * Whether a `?next=` may be redirected to, and how it is written into a Location header. Mirrors
 * `django.utils.http.url_has_allowed_host_and_scheme` and `django.utils.encoding.iri_to_uri`.
 */

import { pythonStrip } from "../internal/python/strip.ts";
import { splitUrl } from "./split_url.ts";

const MAX_URL_LENGTH = 2048;
/** A host that exists nowhere, to see where a browser on it would go. */
const HERE = "stays-here.invalid";

/**
 * Whether a URL stays on this site or leads to one of the allowed hosts, over HTTP or HTTPS. An empty URL
 * does not. Stricter than Django in two points: control characters are refused anywhere, since browsers drop
 * some of them and `/\t//evil.com` leads to evil.com; and a URL without a host must be one with which a
 * browser stays. Never throws.
 *
 * @param allowedHosts Hosts with their ports, as in the URL; a URL without a host is always on this site.
 * @param requireHttps Refuses `http:` as well; true where the request itself came over HTTPS.
 */
export function urlHasAllowedHostAndScheme(
  url: string | null | undefined,
  allowedHosts: readonly string[],
  requireHttps: boolean = false,
): boolean {
  const text = pythonStrip(url ?? "");
  // deno-lint-ignore no-control-regex
  if (text === "" || text.length > MAX_URL_LENGTH || /^\p{C}|[\0-\x1f\x7f]/u.test(text)) return false;
  // Chrome reads every backslash in a path as a slash, but it may also stand in userinfo: both readings must
  // be safe.
  return [text, text.replaceAll("\\", "/")].every((reading) =>
    isSafeReading(reading, allowedHosts, requireHttps)
  );
}

function isSafeReading(url: string, allowedHosts: readonly string[], requireHttps: boolean): boolean {
  // Browsers take any number of slashes for two.
  if (url.startsWith("///")) return false;
  const parts = splitUrl(url);
  if (parts === null) return false;
  // http:///evil.com has no host here, and one in a browser.
  if (parts.netloc === "") return parts.scheme === "" && staysHere(url);
  const scheme = parts.scheme || "http";
  return allowedHosts.includes(parts.netloc) && (scheme === "https" || (scheme === "http" && !requireHttps));
}

/** Whether a browser would stay, too: a second opinion by the parser that browsers have. */
function staysHere(url: string): boolean {
  try {
    const target = new URL(url, `https://${HERE}/`);
    return target.protocol === "https:" && target.host === HERE && target.username === "";
  } catch {
    return false;
  }
}

/**
 * A URL as it may stand in a header: what is not ASCII, and what has no place in a URL, is percent-encoded as
 * UTF-8; what is percent-encoded stays. Mirrors `django.utils.encoding.iri_to_uri`.
 */
export function iriToUri(iri: string): string {
  // A lone surrogate has no UTF-8, and encodeURIComponent would throw.
  const wellFormed = iri.replace(/\p{Cs}/gu, "\ufffd");
  return wellFormed.replace(/[^a-zA-Z0-9_.~/#%[\]=:;$&()+,!?*@'-]+/g, encodeURIComponent);
}
