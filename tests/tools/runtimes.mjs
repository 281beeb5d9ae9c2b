/** The three runtimes: which test files each one runs, and how. */

/** @typedef {"deno" | "bun" | "node"} Runtime */

/** In the order in which they run. */
export const RUNTIMES = /** @type {const} */ (["deno", "bun", "node"]);

/** Node runs the tests that need no adapter. */
const CORE = ["tests/unit/", "tests/vectors/", "tests/property/", "tests/tools/", "tests/ground/"];

/** Enough for the slowest test; a test that needs longer sets its own timeout. */
const TIMEOUT = 60_000;

/**
 * Whether a runtime runs a file: `name_bun_test.ts` is for Bun only, and so on; Node runs only the core.
 *
 * @param {Runtime} runtime
 * @param {string} path
 */
export function runsOn(runtime, path) {
  const only = RUNTIMES.find((name) => path.endsWith(`_${name}_test.ts`));
  if (only !== undefined) return only === runtime;
  return runtime !== "node" || CORE.some((folder) => path.startsWith(folder));
}

/**
 * The command that runs test files and writes a JUnit report.
 *
 * @param {Runtime} runtime
 * @param {string[]} paths
 * @param {string} report
 * @returns {string[]}
 */
export function commandFor(runtime, paths, report) {
  const files = paths.map((path) => `./${path}`);
  switch (runtime) {
    case "deno":
      // `npm run check` checks the types.
      return [
        "deno",
        "test",
        "--allow-all",
        "--no-check",
        "--reporter=dot",
        `--junit-path=${report}`,
        ...files,
      ];
    case "bun": {
      const reporters = ["--reporter=junit", `--reporter-outfile=${report}`, "--only-failures"];
      return ["bun", "test", `--timeout=${TIMEOUT}`, ...reporters, ...files];
    }
    case "node": {
      const reporters = [["junit", report], ["dot", "stdout"]].flatMap(([name, destination]) => [
        `--test-reporter=${name}`,
        `--test-reporter-destination=${destination}`,
      ]);
      return ["node", "--import", "tsx", "--test", "--test-concurrency=2", ...reporters, ...files];
    }
  }
}
