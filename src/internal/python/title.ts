/** Python's `str.title()`, for header names. */

/** Turns `x-csrftoken` into `X-Csrftoken`. */
export function titleCase(name: string): string {
  return name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}
