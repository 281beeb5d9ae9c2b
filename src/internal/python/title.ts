/** Python's `str.title()`, for names of headers. */

/** `x-csrftoken` as X-Csrftoken. */
export function titleCase(name: string): string {
  return name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}
