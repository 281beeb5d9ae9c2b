/** The package as npm would install it, and its declarations as a user's compiler sees them. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { ROOT, run } from "./run.mjs";
import { readJson } from "./sources.mjs";

/** @type {string | undefined} */
let folder;

process.on("exit", () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** How a user's compiler may find modules. */
const RESOLUTIONS = [
  { module: "NodeNext", moduleResolution: "NodeNext" },
  { module: "ESNext", moduleResolution: "Bundler" },
];

/** With all of its strictness, no declarations skipped, and the types of no runtime. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  target: "ES2022",
  lib: ["ES2023", "DOM", "DOM.Iterable"],
  types: [],
};

/** @returns {Promise<string>} the archive that `npm publish` would send; `dist/` must have been built */
export async function pack() {
  folder ??= mkdtempSync(join(tmpdir(), "djauth-pack-"));
  const made = archiveIn(folder);
  if (made !== undefined) return made;
  const { output } = await run(["npm", "pack", "--ignore-scripts", "--pack-destination", folder]);
  const archive = archiveIn(folder);
  if (archive === undefined) throw new Error(output);
  return archive;
}

/** @param {string} folder */
function archiveIn(folder) {
  const name = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  return name === undefined ? undefined : join(folder, name);
}

/**
 * Type-checks a program that imports every entry point of the packed package, beside which there is nothing but
 * its dependencies.
 *
 * @returns {Promise<{ status: number, output: string }>}
 */
export async function checkDeclarations() {
  const archive = await pack();
  const consumer = join(dirname(archive), "consumer");
  const { name, exports, dependencies } = readJson("package.json");
  const installed = join(consumer, "node_modules", name);
  mkdirSync(installed, { recursive: true });
  const unpacked = await run(["tar", "-xzf", archive, "-C", installed, "--strip-components=1"]);
  if (unpacked.status !== 0) return unpacked;
  for (const dependency of Object.keys(dependencies)) link(consumer, dependency);
  writeFileSync(join(consumer, "package.json"), '{ "type": "module" }');
  writeFileSync(join(consumer, "consumer.ts"), programOf(name, Object.keys(exports)));
  for (const resolution of RESOLUTIONS) {
    const configuration = { compilerOptions: { ...STRICT, ...resolution }, files: ["consumer.ts"] };
    writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify(configuration));
    const checked = await run(["tsc", "--project", consumer]);
    if (checked.status !== 0) return checked;
  }
  return { status: 0, output: "" };
}

/**
 * @param {string} consumer
 * @param {string} dependency
 */
function link(consumer, dependency) {
  const place = join(consumer, "node_modules", dependency);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", dependency), place, "junction");
}

/**
 * @param {string} name
 * @param {string[]} exported
 */
function programOf(name, exported) {
  const imports = exported.map((path, index) =>
    `import * as module${index} from "${name}${path.slice(1)}";\n`
  );
  return `${imports.join("")}export const all: object[] = [${
    exported.map((_, index) => `module${index}`)
  }];\n`;
}
