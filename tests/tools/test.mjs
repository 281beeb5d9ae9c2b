/**
 * `npm test`: the whole suite on Deno and on Bun, and the core on Node, with a PostgreSQL server and real Djangos
 * started for it. Arguments select runtimes and paths: `npm test -- deno tests/unit/session`.
 *
 * The last line is `N passed, N failed, N skipped`. With CI=true a skipped test or a missing prerequisite is a failure.
 */

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import { startGround } from "../ground/ground.mjs";
import { countsOf } from "./junit.mjs";
import { installPrerequisites, IS_CI } from "./prerequisites.mjs";
import { ROOT, run, secondsSince } from "./run.mjs";
import { commandFor, runsOn, RUNTIMES } from "./runtimes.mjs";
import { pathsBelow } from "./sources.mjs";

/** @typedef {import("./runtimes.mjs").Runtime} Runtime */
/** @typedef {import("./junit.mjs").Counts} Counts */

const OUTPUT = `${ROOT}/tests/.output`;
const HEARTBEAT = 30_000;
/** No limit for a run with a custom number of comparisons. */
const STAGE_DEADLINE = process.env.DIFFERENTIAL_COUNT ? undefined : 25 * 60_000;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => process.exit(130));
}
process.exit(await main(process.argv.slice(2)));

/** @param {string[]} words */
async function main(words) {
  mkdirSync(OUTPUT, { recursive: true });
  const chosen = RUNTIMES.filter((name) => words.includes(name));
  const places = words.filter((word) => !chosen.some((name) => name === word)).map((word) =>
    word.replace(/^\.\//, "")
  );
  const files = pathsBelow("tests", (path) => path.endsWith("_test.ts"))
    .filter((path) => places.length === 0 || places.some((place) => path.startsWith(place)));

  const start = performance.now();
  if (IS_CI) installPrerequisites(console.log);
  const ground = await startGround(console.log);
  console.log(`ground ready (${secondsSince(start)})`);
  for (const line of ground.missing) console.log(`missing: ${line}`);
  try {
    /** @type {Counts} */
    const sum = { passed: 0, failed: IS_CI ? ground.missing.length : 0, skipped: [] };
    for (const runtime of chosen.length > 0 ? chosen : RUNTIMES) {
      const counts = await runStage(runtime, files.filter((path) => runsOn(runtime, path)), ground.env);
      sum.passed += counts.passed;
      sum.failed += counts.failed;
      sum.skipped.push(...counts.skipped.map((name) => `${runtime}: ${name}`));
    }
    return report(sum);
  } finally {
    await ground.stop();
  }
}

/**
 * @param {Runtime} runtime
 * @param {string[]} paths
 * @param {Record<string, string>} env
 * @returns {Promise<Counts>}
 */
async function runStage(runtime, paths, env) {
  if (paths.length === 0) return { passed: 0, failed: 0, skipped: [] };
  const junit = `${OUTPUT}/${runtime}.xml`;
  const log = `${OUTPUT}/${runtime}.log`;
  rmSync(junit, { force: true });
  const start = performance.now();
  const beat = setInterval(() => console.log(`${runtime}: running (${secondsSince(start)})`), HEARTBEAT);
  const { status, output } = await run(commandFor(runtime, paths, junit), {
    env,
    log,
    timeout: STAGE_DEADLINE,
  });
  clearInterval(beat);
  const counts = countsOf(existsSync(junit) ? readFileSync(junit, "utf8") : "");
  // A file that cannot be loaded is in no report; only the exit status shows it.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  if (counts.failed > 0) console.log(output.replace(/^[.,!]+\n/gm, "").trimEnd());
  const { passed, failed, skipped } = counts;
  const files = `${paths.length} files`;
  console.log(
    `${runtime}: ${files}, ${passed} passed, ${failed} failed, ${skipped.length} skipped (${
      secondsSince(start)
    })`,
  );
  return counts;
}

/** @param {Counts} sum */
function report({ passed, failed, skipped }) {
  for (const name of skipped) console.log(`skipped: ${name}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed > 0 || passed === 0 || (IS_CI && skipped.length > 0) ? 1 : 0;
}
