/**
 * Django's own test suite against djauth: runs the conformance harness on each runtime with each release of Django.
 * Arguments select a subset: `node tests/tools/conformance.mjs bun 5.2 sessions`. The harness is expected in
 * `../shared/conformance`, or at CONFORMANCE.
 */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { MissingPrerequisite } from "../ground/missing_prerequisite.mjs";
import { startPostgres } from "../ground/postgres.mjs";
import { DJANGO_RELEASES, pythonEnvironment } from "../ground/python.mjs";
import { installPrerequisites, IS_CI } from "./prerequisites.mjs";
import { ROOT, run, secondsSince } from "./run.mjs";

const HARNESS = resolve(ROOT, process.env.CONFORMANCE ?? "../shared/conformance", "run.py");
const SUITES = ["signing", "sessions", "hashers", "csrf", "origin", "simplejwt"];
const BRIDGES = {
  bun: "bun tests/bridge.ts",
  deno: "deno run --allow-all --no-check tests/bridge.ts",
  node: "node --import tsx tests/bridge.ts",
};
/** The rest of the core is tested on Node by the project's own suite. */
const ON_NODE = ["origin"];

const COUNTS = /^(\d+) passed, (\d+) failed, (\d+) skipped$/;

/** What is not implemented yet, in the harness's spelling: an operation, with the missing part in brackets. */
const LATER = {
  hashers: namesOf(["make", "check", "encode", "verify", "must_update", "salt"], "password", [
    "argon2",
    "bcrypt",
    "bcrypt_sha256",
    "scrypt",
    "md5",
  ]),
  // Django 4.2 still has these; djauth will not support them.
  oldHashers: namesOf(["make", "encode"], "password", ["sha1", "crypt", "unsalted_md5", "unsalted_sha1"]),
  engines: namesOf(["open"], "store", ["file", "signed_cookies"]),
};

/** Accepted reasons for a skipped test, so that a suite that lost its database does not pass. */
const SKIPS = [
  // The engines `cache` and `cached_db` are not implemented yet.
  "needs --redis-url",
  // Django's messages about its engine `signed_cookies`, which is not implemented yet.
  "CookieSession is stored in the client and there is no way to query it.",
  "Cookie backend doesn't have an external store to create records in.",
  "the key is the signed session itself",
];

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => process.exit(130));
}
process.exit(await main(process.argv.slice(2)));

/** @param {string[]} words */
async function main(words) {
  const known = [...DJANGO_RELEASES, ...Object.keys(BRIDGES), ...SUITES];
  const unknown = words.filter((word) => !known.includes(word));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(", ")}; there are ${known.join(", ")}`);
    return 2;
  }
  try {
    if (!existsSync(HARNESS)) {
      throw new MissingPrerequisite(`the conformance harness is missing: no ${HARNESS}`);
    }
    if (IS_CI) installPrerequisites(console.log);
    const pythons = Object.fromEntries(DJANGO_RELEASES.map((it) => [it, pythonEnvironment(it, console.log)]));
    const database = process.env.DATABASE_URL ? undefined : await startPostgres();
    try {
      return await runAll(words, pythons, database?.url ?? process.env.DATABASE_URL ?? "");
    } finally {
      await database?.stop();
    }
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    console.log(`${IS_CI ? "FAIL" : "skipped"}: ${error.message}`);
    return IS_CI ? 1 : 0;
  }
}

/**
 * @param {string[]} words
 * @param {Record<string, string>} pythons
 * @param {string} databaseUrl
 */
async function runAll(words, pythons, databaseUrl) {
  const runs = DJANGO_RELEASES.flatMap((release) =>
    Object.keys(BRIDGES).flatMap((runtime) => SUITES.map((suite) => ({ release, runtime, suite })))
  ).filter(({ release, runtime, suite }) =>
    isChosen(release, DJANGO_RELEASES, words) && isChosen(runtime, Object.keys(BRIDGES), words) &&
    isChosen(suite, SUITES, words) &&
    (runtime !== "node" || (release === DJANGO_RELEASES[0] && ON_NODE.includes(suite)))
  );
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { release, runtime, suite } of runs) {
    const start = performance.now();
    const { status, output } = await run([
      pythons[release] ?? "",
      ...argumentsFor(suite, runtime, databaseUrl),
      ...allowedMissing(suite, release).flatMap((name) => ["--allow-missing", name]),
    ]);
    const unexpected = unexpectedSkips(output);
    const isGood = status === 0 && unexpected.length === 0;
    const outcome = isGood ? "ok  " : "FAIL";
    const name = `${suite} of Django ${release} on ${runtime}`;
    const last = output.trimEnd().split("\n").pop() ?? "";
    console.log(`${outcome} ${name}: ${last} (${secondsSince(start)})`);
    const [passed = 0, failed = 0, skipped = 0] = (COUNTS.exec(last) ?? []).slice(1).map(Number);
    sum.passed += passed;
    sum.skipped += skipped;
    // A harness that did not print its last line has failed, too.
    sum.failed += isGood ? 0 : Math.max(failed, 1);
    if (status !== 0) console.log(failuresIn(output).replace(/^/gm, "     "));
    for (const line of unexpected) console.log(`     skipped without leave: ${line}`);
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  return sum.failed === 0 && sum.passed > 0 ? 0 : 1;
}

/**
 * @param {string} suite
 * @param {string} runtime
 * @param {string} databaseUrl
 */
function argumentsFor(suite, runtime, databaseUrl) {
  const bridge = /** @type {Record<string, string>} */ (BRIDGES)[runtime] ?? "";
  const sources = ["--django", `${ROOT}/tests/.cache/django-tests`];
  return [HARNESS, "--suite", suite, "--bridge", bridge, ...sources, "--database-url", databaseUrl];
}

/**
 * @param {string} output of the harness
 * @returns {string[]} tests that were skipped for another reason than those that are known
 */
function unexpectedSkips(output) {
  const [, lines = ""] = /^ {2}skipped \d+\n((?: {4}.*\n)*)/m.exec(output) ?? [];
  return lines.split("\n").map((line) => line.trim()).filter((line) =>
    line !== "" && !SKIPS.some((reason) => line.endsWith(`: ${reason}`))
  );
}

/** @param {string} output of the harness: without the lists of what was skipped or does not apply */
function failuresIn(output) {
  return output.replace(/^ {2}(skipped|not applicable) \d+\n( {4}.*\n)*/gm, "").trimEnd();
}

/**
 * @param {string} name
 * @param {readonly string[]} all the names of its kind
 * @param {string[]} words of the command line; none of a kind means all of it
 */
function isChosen(name, all, words) {
  return words.includes(name) || !all.some((other) => words.includes(other));
}

/**
 * @param {string[]} operations
 * @param {string} group
 * @param {string[]} missing
 */
function namesOf(operations, group, missing) {
  return operations.flatMap((operation) => missing.map((name) => `${group}.${operation} (${name})`));
}

/**
 * @param {string} suite
 * @param {string} release
 * @returns {string[]}
 */
function allowedMissing(suite, release) {
  if (suite === "sessions") return LATER.engines;
  if (suite !== "hashers") return [];
  return release === "4.2" ? [...LATER.hashers, ...LATER.oldHashers] : LATER.hashers;
}
