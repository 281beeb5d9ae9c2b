/**
 * Splits URLs as Python's `urllib.parse.urlsplit` does, since Django's rules on referers, origins and redirects apply
 * to its result. The Web's own `URL` parses differently, and never rejects `http:/x` or a backslash.
 */

/** The parts of a URL. */
export interface SplitUrl {
  /** In lower case; empty if there is none. */
  readonly scheme: string;
  /** The part between `//` and the path: user, host and port as they were written. */
  readonly netloc: string;
  /** The part up to the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Without the `#`. */
  readonly fragment: string;
}

const LEADING = /^[\0-\x20]+/;
const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;

/** Splits a URL; returns null where Python raises `ValueError`. */
export function splitUrl(url: string): SplitUrl | null {
  let rest = url.replace(LEADING, "").replace(/[\t\r\n]/g, "");
  const scheme = SCHEME.exec(rest)?.[1] ?? "";
  if (scheme !== "") rest = rest.slice(scheme.length + 1);
  let netloc = "";
  if (rest.startsWith("//")) {
    const end = rest.slice(2).search(/[/?#]/);
    netloc = end === -1 ? rest.slice(2) : rest.slice(2, 2 + end);
    rest = rest.slice(2 + netloc.length);
  }
  if (!isNetloc(netloc)) return null;
  const [beforeFragment, fragment] = partition(rest, "#");
  const [path, query] = partition(beforeFragment, "?");
  return { scheme: scheme.toLowerCase(), netloc, path, query, fragment };
}

/**
 * Joins the parts of a URL that has a scheme and a netloc, as `SplitResult.geturl()` does: an empty query or fragment
 * is dropped.
 */
export function joinUrl({ scheme, netloc, path, query, fragment }: SplitUrl): string {
  return `${scheme}://${netloc}${path}${query && `?${query}`}${fragment && `#${fragment}`}`;
}

/** Returns whether a host is an IPv6 address in brackets. */
export function isBracketedAddress(host: string): boolean {
  return URL.canParse(`http://${host}/`) && /^\[[0-9a-fA-F:.]+\]$/.test(host);
}

function isNetloc(netloc: string): boolean {
  const bracketed = netloc.indexOf("[");
  if (bracketed === -1 && !netloc.includes("]")) return !hidesDelimiter(netloc);
  const end = netloc.indexOf("]");
  return bracketed !== -1 && end > bracketed && isBracketedAddress(netloc.slice(bracketed, end + 1)) &&
    !hidesDelimiter(netloc);
}

/**
 * Returns whether a character such as `℀` becomes a delimiter when the name is normalised, which would change the host.
 */
function hidesDelimiter(netloc: string): boolean {
  const text = netloc.replace(/[@:#?]/g, "");
  const normal = text.normalize("NFKC");
  return normal !== text && /[/?#@:]/.test(normal);
}

function partition(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
