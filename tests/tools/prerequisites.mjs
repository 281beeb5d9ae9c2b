/** Installs in CI what the tests need besides Node, where possible: nothing may be missing there. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { findChromium } from "../ground/browser.mjs";

/** Whether a missing prerequisite or a skipped test is a failure. */
export const IS_CI = process.env.CI === "true" || process.env.CI === "1";

const PYTHON = ["python3", "python3-venv", "python3-pip"];

/**
 * Installs Python and Chromium from Debian's packages if they are missing. On other systems it does nothing, and
 * whatever needs them reports them later.
 *
 * @param {(line: string) => void} log
 */
export function installPrerequisites(log) {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  const packages = [...(hasPython() ? [] : PYTHON), ...(hasChromium() ? [] : ["chromium"])];
  if (packages.length === 0) return;
  log(`installing ${packages.join(", ")}`);
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const { status, stdout, stderr } = spawnSync("apt-get", ["--quiet", ...args], { env, encoding: "utf8" });
    if (status !== 0) return log(`apt-get ${args[0]} failed: ${stdout}${stderr}`);
  }
}

function hasPython() {
  return spawnSync("python3", ["-c", "import ensurepip, venv"], { stdio: "ignore" }).status === 0;
}

function hasChromium() {
  try {
    return findChromium() !== "";
  } catch {
    return false;
  }
}
