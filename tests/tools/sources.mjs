/** The files of this repository that the checks read. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { ROOT } from "./run.mjs";

const NOT_OURS = ["node_modules", ".cache", ".output", "data", "__pycache__"];

/**
 * The paths below a folder, in a fixed order.
 *
 * @param {string} folder from the repository's folder
 * @param {(path: string) => boolean} wanted
 * @returns {string[]}
 */
export function pathsBelow(folder, wanted) {
  if (!existsSync(`${ROOT}/${folder}`)) return [];
  return readdirSync(`${ROOT}/${folder}`, { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.includes(name))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? pathsBelow(path, wanted) : wanted(path) ? [path] : [];
    })
    .sort();
}

/** @param {string} path from the repository's folder */
export function read(path) {
  return readFileSync(`${ROOT}/${path}`, "utf8");
}

/** @param {string} path a file of JSON */
export function readJson(path) {
  return JSON.parse(read(path));
}
