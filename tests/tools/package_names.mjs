/** The package's two names: the sources use that on JSR, where they are published unchanged; npm installs another. */

import { readJson } from "./sources.mjs";

/** @typedef {import("./imports.mjs").Source} Source */

const NPM = readJson("package.json").name;
const JSR = readJson("deno.json").name;

/**
 * Replaces the name on JSR by that on npm: in the imports of examples, with or without a subpath, and in commands.
 *
 * @param {string} text
 * @returns {string}
 */
export function withNpmName(text) {
  return text.replaceAll(`jsr:${JSR}`, `npm:${NPM}`).replaceAll(JSR, NPM);
}

/**
 * The lines of files for npm that use the name on JSR.
 *
 * @param {Source[]} files
 * @returns {string[]}
 */
export function jsrNames(files) {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      line.includes(JSR) ? [`${path}:${index + 1}: names ${JSR}, but npm installs ${NPM}`] : []
    )
  );
}
