/** Python's `str.strip()`. */

/** Python's whitespace: JavaScript's `trim()` has another set, with U+FEFF and without U+001C. */
// deno-lint-ignore no-control-regex -- Python counts the separators U+001C to U+001F as space
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Strips whitespace from both ends. By index: `/\s+$/` takes quadratic time on a hostile run of spaces. */
export function pythonStrip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text, start)) start++;
  while (end > start && isSpace(text, end - 1)) end--;
  return text.slice(start, end);
}

function isSpace(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  // Printable ASCII is nearly everything, and needs no regular expression.
  return (code <= 0x20 || code >= 0x7f) && SPACE.test(text[index]!);
}
