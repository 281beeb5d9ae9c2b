/**
 * `npm run check`: checks everything about the repository other than the behaviour of its code. Prints one line per
 * check, and the check's output if it fails. `npm run check -- types docs` runs only the checks whose name contains a
 * given word.
 */

import { existsSync } from "node:fs";
import process from "node:process";
import { checkDeclarations } from "./declarations.mjs";
import { untitled } from "./examples.mjs";
import { breaches, tooLong } from "./ladder.mjs";
import { disagreements } from "./maps.mjs";
import { jsrNames } from "./package_names.mjs";
import { pack, runPacked } from "./packed.mjs";
import { checkReadme } from "./readme_examples.mjs";
import { ROOT, run, secondsSince } from "./run.mjs";
import { pathsBelow, read, readJson } from "./sources.mjs";

/** @typedef {{ status: number, output: string }} Outcome */

const ENTRY_POINTS = Object.values(readJson("deno.json").exports).map((path) => path.replace(/^\.\//, ""));
const SOURCES = pathsBelow("src", (path) => path.endsWith(".ts"));
const OWN_CODE = ["tests", "examples"].flatMap((folder) =>
  pathsBelow(folder, (path) => /\.(ts|mjs|py)$/.test(path))
);
/** Examples and tests for a specific runtime are checked against its types. */
const OWN_TYPESCRIPT = OWN_CODE.filter((path) =>
  path.endsWith(".ts") && !/^examples\/(.*\/)?bun\.ts$|_bun_test\.ts$/.test(path)
);

/** @type {[name: string, check: () => Promise<Outcome> | Outcome][]} */
const CHECKS = [
  ["format", () => run(["deno", "fmt", "--check"])],
  ["lint", () => run(["deno", "lint", "--quiet"])],
  ["types on Deno", () => run(["deno", "check", "--quiet", ...ENTRY_POINTS, ...SOURCES, ...OWN_TYPESCRIPT])],
  ["types on Bun", () => run(["tsc", "--project", "tests/tools/tsconfig.bun.json"])],
  [
    "import ladder",
    () => outcome([...breaches(textsOf([...ENTRY_POINTS, ...SOURCES]), allowed()), ...longFiles()]),
  ],
  ["export maps", () => outcome(disagreements(promises()))],
  ["docs", () => run(["deno", "doc", "--lint", "--quiet", ...ENTRY_POINTS])],
  ["docs: titles", () => outcome(untitled(textsOf([...ENTRY_POINTS, ...SOURCES])))],
  ["docs: examples", () => run(["deno", "check", "--quiet", "--doc-only", ...ENTRY_POINTS, ...SOURCES])],
  ["docs: examples in the README", checkReadme],
  ["build", () => run(["node", "tests/tools/build.mjs"])],
  ["npm: the package's name", () => outcome(jsrNames(textsOf(pathsBelow("dist", () => true))))],
  ["types of the declarations alone", checkDeclarations],
  ["npm: the package runs", runPacked],
  ["npm: publint", async () => await run(["publint", "run", await pack(), "--strict"])],
  ["npm: are the types wrong", async () => await run(attw(await pack()))],
  ["jsr: dry run", () => run(["deno", "publish", "--dry-run", "--allow-dirty", "--quiet"])],
];

/** @param {string} archive */
function attw(archive) {
  // It is an ES module only: `require` is not supported.
  return ["attw", archive, "--profile", "esm-only", "--no-definitely-typed", "--no-color", "--no-emoji"];
}

/** @param {string[]} paths */
function textsOf(paths) {
  return [...new Set(paths)].filter((path) => existsSync(`${ROOT}/${path}`)).map((path) => ({
    path,
    text: read(path),
  }));
}

function longFiles() {
  return tooLong(textsOf(OWN_CODE));
}

function allowed() {
  return { entryPoints: ENTRY_POINTS, dependencies: Object.keys(readJson("package.json").dependencies) };
}

function promises() {
  return {
    npm: readJson("package.json"),
    jsr: readJson("deno.json"),
    build: readJson("tsconfig.json"),
    readme: read("README.md"),
    changelog: read("CHANGELOG.md"),
    exists: (/** @type {string} */ path) => existsSync(`${ROOT}/${path}`),
  };
}

/**
 * @param {string[]} lines what is wrong
 * @returns {Outcome}
 */
function outcome(lines) {
  return { status: lines.length === 0 ? 0 : 1, output: lines.join("\n") };
}

/** @param {() => Promise<Outcome> | Outcome} check */
async function attempt(check) {
  try {
    return await check();
  } catch (error) {
    return outcome([String(error)]);
  }
}

const words = process.argv.slice(2);
const chosen = CHECKS.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));
let failed = 0;
for (const [name, check] of chosen) {
  const start = performance.now();
  const { status, output } = await attempt(check);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name} (${secondsSince(start)})`);
  if (status === 0) continue;
  failed += 1;
  console.log(output.trimEnd().replace(/^/gm, "     "));
}
console.log(`${chosen.length - failed} checks passed, ${failed} failed`);
process.exit(failed === 0 && chosen.length > 0 ? 0 : 1);
