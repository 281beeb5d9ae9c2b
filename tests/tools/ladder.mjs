/** The import rules between the parts of the code: who may import whom, and which globals may be used where. */

import { posix } from "node:path";
import { factsOf } from "./imports.mjs";

/** @typedef {import("./imports.mjs").Source} Source */

/**
 * The contents of `src/` from the lowest level to the highest; siblings on one level never import each other.
 * `django_auth.ts` connects everything below it, and the adapters build on it.
 */
const LEVELS = [
  ["internal"],
  ["crypto"],
  ["session", "passwords", "jwt", "users", "origin"],
  ["databases", "stores"],
  ["auth"],
  ["sockets"],
  ["django_auth.ts"],
  ["adapters"],
  ["testing", "cli"],
];

/**
 * The parts of the larger folders, from the lowest: each may import those before it. Files directly in the folder are
 * above all of them.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const PARTS = {
  jwt: ["options", "claims", "jws", "tokens"],
  databases: ["feed", "postgres"],
  auth: [
    "events",
    "options",
    "cache",
    "core",
    "identity",
    "request",
    "guards",
    "login",
    "token_views",
    "api",
  ],
  sockets: [
    "protocol",
    "admission",
    "socket",
    "registry",
    "revalidation",
    "node",
    "claims",
    "upgrade",
    "connection",
  ],
};

/** Files outside any folder that belong to the lowest level, such as the database and feed interfaces. */
const LOWEST = [
  "src/error_codes.ts",
  "src/errors.ts",
  "src/account_errors.ts",
  "src/types.ts",
  "src/database.ts",
  "src/feed.ts",
];

const RUNTIME_NAMES = ["Bun", "Deno", "process"];
const RUNTIME_FOLDERS = ["src/adapters/", "src/cli/", "src/internal/builtin.ts"];
const LONGEST_FILE = 300;

/** Packages loaded only where djauth opens connections itself: from a single place, and never by the core. */
const DRIVERS = ["postgres"];

/**
 * Every breach of the rules, a line each.
 *
 * @param {Source[]} sources the modules below `src/` and the entry points
 * @param {{ entryPoints: string[], dependencies: string[] }} allowed which files may re-export, and which
 *   packages may be imported
 * @returns {string[]}
 */
export function breaches(sources, { entryPoints, dependencies }) {
  /** @type {string[]} */
  const found = [];
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  /** @type {{ specifier: string, path: string }[]} */
  const loads = [];
  for (const source of sources) {
    const { path } = source;
    const facts = factsOf(source);
    if (facts.hasDefaultExport) found.push(`${path}: has a default export`);
    if (!RUNTIME_FOLDERS.some((place) => path.startsWith(place))) {
      const named = RUNTIME_NAMES.filter((name) => facts.names.has(name));
      if (named.length > 0) found.push(`${path}: names ${named.join(", ")}, which belongs into an adapter`);
    }
    const targets = [];
    for (const { specifier, isReexport, isType } of facts.imports) {
      if (!isType && DRIVERS.includes(specifier)) loads.push({ specifier, path });
      if (isReexport && !entryPoints.includes(path)) {
        found.push(`${path}: passes on "${specifier}" (a barrel)`);
      }
      if (specifier.startsWith(".")) targets.push(posix.join(posix.dirname(path), specifier));
      else if (!isPackage(specifier, dependencies)) {
        found.push(`${path}: imports "${specifier}", no dependency`);
      }
    }
    graph.set(path, targets);
    found.push(...targets.flatMap((target) => climbs(path, target)));
  }
  return [...found, ...loadedTwice(loads), ...tooLong(sources), ...cycles(graph)];
}

/** @param {{ specifier: string, path: string }[]} loads */
function loadedTwice(loads) {
  return DRIVERS.flatMap((driver) => {
    const places = loads.filter(({ specifier }) => specifier === driver).map(({ path }) => path);
    return places.length > 1 ? [`"${driver}" is loaded in several places: ${places.join(", ")}`] : [];
  });
}

/**
 * Files that exceed the line limit.
 *
 * @param {Source[]} sources
 */
export function tooLong(sources) {
  return sources
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > LONGEST_FILE)
    .map(({ path, lines }) => `${path}: has ${lines} lines, more than ${LONGEST_FILE}`);
}

/**
 * @param {string} specifier
 * @param {string[]} dependencies
 */
function isPackage(specifier, dependencies) {
  return dependencies.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

/**
 * @param {string} path
 * @param {string} target
 * @returns {string[]}
 */
function climbs(path, target) {
  const [from, to] = [placeOf(path), placeOf(target)];
  if (to.level < from.level) return [];
  if (to.folder === from.folder) {
    return to.part > from.part ? [`${path}: imports ${target}, a higher part of ${to.folder}/`] : [];
  }
  return [`${path}: imports ${target}, ${to.level === from.level ? "a sibling" : "a higher level"}`];
}

/** @param {string} path */
function placeOf(path) {
  if (LOWEST.includes(path)) return { folder: "internal", level: 0, part: 0 };
  const [folder = "", next = ""] = path.startsWith("src/") ? path.split("/").slice(1) : [];
  const level = LEVELS.findIndex((folders) => folders.includes(folder));
  return { folder, level: level === -1 ? LEVELS.length : level, part: partOf(folder, next) };
}

/**
 * @param {string} folder
 * @param {string} next what stands in it
 */
function partOf(folder, next) {
  const parts = PARTS[folder] ?? [];
  const part = parts.indexOf(next);
  return part === -1 ? parts.length : part;
}

/**
 * @param {Map<string, string[]>} graph
 * @returns {string[]} each cycle once
 */
function cycles(graph) {
  /** @type {string[]} */
  const found = [];
  const finished = new Set();
  const walk = (/** @type {string} */ path, /** @type {string[]} */ trail) => {
    if (finished.has(path)) return;
    const start = trail.indexOf(path);
    if (start !== -1) return void found.push(`a cycle: ${[...trail.slice(start), path].join(" → ")}`);
    for (const target of graph.get(path) ?? []) walk(target, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return found;
}
