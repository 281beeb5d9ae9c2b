/** The three runtimes: which test files each of them runs, and how. */

/** @typedef {"deno" | "bun" | "node"} Runtime */

/** In the order in which they run. */
export const RUNTIMES = /** @type {const} */ (["deno", "bun", "node"]);

/** Node runs what needs no adapter. */
const CORE = ["tests/unit/", "tests/vectors/", "tests/property/", "tests/tools/", "tests/ground/"];

/** Enough for the slowest test; a test that needs longer says so itself. */
const TIMEOUT = 60_000;

/**
 * Whether a runtime runs a file: `name_bun_test.ts` is for Bun alone, and so on; Node takes the core only.
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
 * The command that runs test files and leaves a report in JUnit's form.
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
      // The types are checked by `npm run check`.
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
