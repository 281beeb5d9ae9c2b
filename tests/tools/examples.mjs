/** What the examples in the documentation must have beside code that compiles. */

/** @typedef {import("./imports.mjs").Source} Source */

/**
 * Examples that do not say what they are about, a line each.
 *
 * @param {Source[]} sources
 * @returns {string[]}
 */
export function untitled(sources) {
  return sources.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      /^\s*\*\s*@example\s*$/.test(line) ? [`${path}:${index + 1}: an @example without a title`] : []
    )
  );
}
