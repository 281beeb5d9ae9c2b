/** Counts the tests in a JUnit report, which Deno, Bun and Node all write, each in its own way. */

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} skipped their names
 */

/**
 * @param {string} xml
 * @returns {Counts}
 */
export function countsOf(xml) {
  const cases = [...xml.matchAll(/<testcase\s([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)].map((
    [, attributes, body],
  ) => ({
    name: / ?\bname="([^"]*)"/.exec(` ${attributes}`)?.[1] ?? "",
    failed: /<(failure|error)\b/.test(body ?? ""),
    skipped: /<skipped\b/.test(body ?? ""),
  }));
  // Deno lists a suite beside its tests, whose names begin with the suite's.
  const parents = new Set(cases.flatMap(({ name }) => parentsOf(name)));
  const tests = cases.filter(({ name, failed }) =>
    !parents.has(name) || (failed && !hasFailedChild(name, cases))
  );
  return {
    passed: tests.filter(({ failed, skipped }) => !failed && !skipped).length,
    failed: tests.filter(({ failed }) => failed).length,
    skipped: tests.filter(({ skipped }) => skipped).map(({ name }) => unescape(name)),
  };
}

/** @param {string} text of an attribute */
function unescape(text) {
  const characters = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => characters[/** @type {"lt"} */ (name)]);
}

/** @param {string} name "suite > inner > test" → "suite", "suite > inner" */
function parentsOf(name) {
  const parts = name.split(" &gt; ");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(" &gt; "));
}

/**
 * @param {string} name
 * @param {{ name: string, failed: boolean }[]} cases
 */
function hasFailedChild(name, cases) {
  return cases.some((other) => other.failed && other.name.startsWith(`${name} &gt; `));
}
