/**
 * How much of a multipart body there is to take apart, found out by looking through it: the runtimes' parsers bound neither the
 * parts nor, in all their versions, the headers of each.
 */

/** As in Django's multipart parser: bytes of the headers of a part. */
const MAX_PART_HEADERS = 1024;

/**
 * The parameter, of the characters that RFC 2046 section 5.1.1 has for it, the last one no space; browsers make their own of fewer.
 * Without the slash: with one it could name a type, by which Bun would take the body apart.
 */
const BOUNDARY = /;\s*boundary=("?)([\w'()+,.:=? -]{0,69}[\w'()+,.:=?-])\1\s*(?:;|$)/gi;
/** Whatever a parser might take for that parameter. */
const ANY_BOUNDARY = /boundary/gi;

/** The boundary; `null` where parsers might differ about which it is. */
export function boundaryOf(contentType: string): string | null {
  const [found, ...others] = contentType.matchAll(BOUNDARY);
  if (found === undefined || others.length > 0) return null;
  const mentions = contentType.match(ANY_BOUNDARY)!.length - (found[2]!.match(ANY_BOUNDARY)?.length ?? 0);
  return mentions === 1 ? found[2]! : null;
}

/** Why a body is not taken apart, as `The body …`; `null` where it may be. */
export function multipartExcess(body: Uint8Array, boundary: string, maxParts: number): string | null {
  // One byte, one character: the text is only looked through.
  const text = new TextDecoder("latin1").decode(body);
  const delimiter = `--${boundary}`;
  let parts = 0;
  for (let at = text.indexOf(delimiter); at !== -1; at = text.indexOf(delimiter, at)) {
    at += delimiter.length;
    if (text.startsWith("--", at)) continue;
    if (++parts > maxParts) return `has more than ${maxParts} fields`;
    const head = text.slice(at, at + MAX_PART_HEADERS + 8);
    if (head.length > MAX_PART_HEADERS && !head.includes("\r\n\r\n")) {
      return `has a part with more than ${MAX_PART_HEADERS} bytes of headers`;
    }
  }
  return null;
}
