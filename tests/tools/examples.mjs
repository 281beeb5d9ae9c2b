/** Rules for the examples in the documentation, apart from that they compile. */

/** @typedef {import("./imports.mjs").Source} Source */

/**
 * Examples without a title, one line each.
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
