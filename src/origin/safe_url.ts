/**
 * Whether a `?next=` is safe to redirect to, and how it is written into a Location header. Mirrors
 * `django.utils.http.url_has_allowed_host_and_scheme` and `django.utils.encoding.iri_to_uri`.
 */

import { pythonStrip } from "../internal/python/strip.ts";
import { splitUrl } from "./split_url.ts";

const MAX_URL_LENGTH = 2048;
/** A host that does not exist, to find out where a browser on it would go. */
const PLACEHOLDER_HOST = "stays-here.invalid";

/**
 * Returns whether a URL stays on this site or leads to one of the allowed hosts, over HTTP or HTTPS; false if it is
 * empty. Stricter than Django in two respects: control characters are rejected anywhere, since browsers drop some of
 * them and `/\t//evil.com` leads to evil.com; and a URL without a host must keep a browser on this site. Never throws.
 *
 * @param allowedHosts hosts with their ports, as in the URL; a URL without a host is always on this site
 * @param requireHttps whether to reject `http:`; true if the request itself came over HTTPS
 */
export function urlHasAllowedHostAndScheme(
  url: string | null | undefined,
  allowedHosts: readonly string[],
  requireHttps: boolean = false,
): boolean {
  const text = pythonStrip(url ?? "");
  // deno-lint-ignore no-control-regex -- the control characters of ASCII are meant
  if (text === "" || text.length > MAX_URL_LENGTH || /^\p{C}|[\0-\x1f\x7f]/u.test(text)) return false;
  // Chrome reads every backslash in a path as a slash, but it may also be part of the userinfo: both readings must be
  // safe.
  return [text, text.replaceAll("\\", "/")].every((reading) =>
    isSafeReading(reading, allowedHosts, requireHttps)
  );
}

function isSafeReading(url: string, allowedHosts: readonly string[], requireHttps: boolean): boolean {
  // Browsers treat any number of slashes as two.
  if (url.startsWith("///")) return false;
  const parts = splitUrl(url);
  if (parts === null) return false;
  // http:///evil.com has no host here, but has one in a browser.
  if (parts.netloc === "") return parts.scheme === "" && staysHere(url);
  const scheme = parts.scheme || "http";
  return allowedHosts.includes(parts.netloc) && (scheme === "https" || (scheme === "http" && !requireHttps));
}

/** Returns whether a browser would stay as well: a second opinion by the parser of browsers. */
function staysHere(url: string): boolean {
  try {
    const target = new URL(url, `https://${PLACEHOLDER_HOST}/`);
    return target.protocol === "https:" && target.host === PLACEHOLDER_HOST && target.username === "";
  } catch {
    return false;
  }
}

/**
 * Returns a URL in the form for a header: characters that are not ASCII or not allowed in a URL are percent-encoded as
 * UTF-8, existing percent-encoding is kept. Mirrors `django.utils.encoding.iri_to_uri`.
 */
export function iriToUri(iri: string): string {
  // encodeURIComponent throws on a lone surrogate, which has no UTF-8.
  const wellFormed = iri.replace(/\p{Cs}/gu, "\ufffd");
  return wellFormed.replace(/[^a-zA-Z0-9_.~/#%[\]=:;$&()+,!?*@'-]+/g, encodeURIComponent);
}
