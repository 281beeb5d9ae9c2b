/**
 * Python environments with a real Django, created once below `tests/.cache`. They run `django_project/` and the
 * conformance harness.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { MissingPrerequisite } from "./missing_prerequisite.mjs";

/** @typedef {"5.2" | "4.2"} DjangoRelease */

/** The Django releases that djauth is compared with; 4.2 only for formats. */
export const DJANGO_RELEASES = /** @type {const} */ (["5.2", "4.2"]);

const OLDEST_PYTHON = { major: 3, minor: 10 };
/** The value of the environment variable PYTHON that disables Python even if it is installed. */
const NO_PYTHON = "none";
const BESIDE_DJANGO = [
  "argon2-cffi==25.*",
  "bcrypt==4.*",
  "channels==4.*",
  "cryptography>=44",
  "djangorestframework-simplejwt==5.5.*",
  "psycopg[binary]==3.*",
  "redis==5.*",
  "setuptools<81",
];

/**
 * The interpreter of the environment for a Django release, which is created first unless it is complete.
 *
 * @param {DjangoRelease} release
 * @param {(line: string) => void} [log] is called before slow steps
 * @returns {string} the path of `python`
 * @throws {MissingPrerequisite} there is no Python, or no `venv`, or the packages cannot be installed
 */
export function pythonEnvironment(release, log = () => {}) {
  if (process.env.PYTHON === NO_PYTHON) throw missingPython();
  const folder = fileURLToPath(new URL(`../.cache/venv-${release}`, import.meta.url));
  const python = `${folder}/bin/python`;
  const stamp = `${folder}/requirements.txt`;
  const requirements = [`Django==${release}.*`, ...BESIDE_DJANGO].join("\n") + "\n";
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, "utf8") === requirements) return python;

  const system = systemPython();
  log(`making a Python environment with Django ${release}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(system, ["-m", "venv", folder], "the Python module venv is missing: apt-get install python3-venv");
  // The stamp gets its final name last, so that an interrupted installation is repeated.
  writeFileSync(`${stamp}.wanted`, requirements);
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", `${stamp}.wanted`];
  run(python, install, `pip cannot install Django ${release}: see the lines above`);
  writeFileSync(stamp, requirements);
  return python;
}

/** @returns {string} the name of an interpreter that is new enough */
function systemPython() {
  for (const name of [process.env.PYTHON, "python3", "python"]) {
    if (!name) continue;
    try {
      const version = execFileSync(name, ["-c", "import sys; print(*sys.version_info[:2])"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [major = 0, minor = 0] = version.trim().split(" ").map(Number);
      if (major === OLDEST_PYTHON.major && minor >= OLDEST_PYTHON.minor) return name;
    } catch {
      // Missing, or too old to answer: try the next one.
    }
  }
  throw missingPython();
}

function missingPython() {
  const wanted = `${OLDEST_PYTHON.major}.${OLDEST_PYTHON.minor}`;
  return new MissingPrerequisite(
    `Python ${wanted} or later is missing: apt-get install python3 python3-venv python3-pip`,
  );
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} message what is missing when it fails
 */
function run(command, args, message) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  console.error(`${stdout ?? ""}${stderr ?? ""}`.trim());
  throw new MissingPrerequisite(message);
}
