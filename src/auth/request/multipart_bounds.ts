/**
 * Limits a multipart body by scanning it before it is parsed: the runtimes' parsers limit neither the number of parts
 * nor, in every version, the headers of each.
 */

/** The limit of Django's multipart parser for the headers of a part. */
const MAX_PART_HEADER_BYTES = 1024;

/**
 * The boundary parameter, in the characters of RFC 2046 section 5.1.1 and not ending with a space; browsers use fewer.
 * The slash is excluded: with it, the value could name a media type, by which Bun would parse the body.
 */
const BOUNDARY = /;\s*boundary=("?)([\w'()+,.:=? -]{0,69}[\w'()+,.:=?-])\1\s*(?:;|$)/gi;
/** Anything that a parser might take for that parameter. */
const ANY_BOUNDARY = /boundary/gi;

/** Returns the boundary; `null` if parsers might disagree about it. */
export function boundaryOf(contentType: string): string | null {
  const [found, ...others] = contentType.matchAll(BOUNDARY);
  if (found === undefined || others.length > 0) return null;
  const mentions = contentType.match(ANY_BOUNDARY)!.length - (found[2]!.match(ANY_BOUNDARY)?.length ?? 0);
  return mentions === 1 ? found[2]! : null;
}

/** Returns why a body must not be parsed, to follow `The body`; `null` if it may be. */
export function multipartExcess(body: Uint8Array, boundary: string, maxParts: number): string | null {
  // One character per byte: the string is only scanned.
  const text = new TextDecoder("latin1").decode(body);
  const delimiter = `--${boundary}`;
  let parts = 0;
  for (let at = text.indexOf(delimiter); at !== -1; at = text.indexOf(delimiter, at)) {
    at += delimiter.length;
    if (text.startsWith("--", at)) continue;
    if (++parts > maxParts) return `has more than ${maxParts} fields`;
    const head = text.slice(at, at + MAX_PART_HEADER_BYTES + 8);
    if (head.length > MAX_PART_HEADER_BYTES && !head.includes("\r\n\r\n")) {
      return `has a part with more than ${MAX_PART_HEADER_BYTES} bytes of headers`;
    }
  }
  return null;
}
