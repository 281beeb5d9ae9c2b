/** Type-checks the README's TypeScript: blocks for Deno on Deno, all others with Bun's types. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { ROOT, run } from "./run.mjs";
import { read, readJson } from "./sources.mjs";

const FOLDER = "tests/.output/readme";

/** @returns {Promise<{ status: number, output: string }>} */
export async function checkReadme() {
  rmSync(`${ROOT}/${FOLDER}`, { recursive: true, force: true });
  mkdirSync(`${ROOT}/${FOLDER}`, { recursive: true });
  const onDeno = write("deno", blocks().filter(namesDeno));
  write("bun", bunExamples());
  writeFileSync(`${ROOT}/${FOLDER}/import_map.json`, JSON.stringify({ imports: imports() }));
  writeFileSync(`${ROOT}/${FOLDER}/tsconfig.json`, JSON.stringify(configuration()));
  const checked = [await run(["tsc", "--project", `${FOLDER}/tsconfig.json`])];
  if (onDeno.length > 0) {
    const map = ["--import-map", `${FOLDER}/import_map.json`, "--node-modules-dir=manual"];
    checked.push(await run(["deno", "check", "--quiet", ...map, ...onDeno]));
  }
  return {
    status: Math.max(...checked.map(({ status }) => status)),
    output: checked.map(({ output }) => output).join(""),
  };
}

/** @returns {string[]} the programs that name Bun, or no runtime at all; each a module of its own */
export function bunExamples() {
  return blocks().filter((block) => !namesDeno(block));
}

/** Each block is a module, so that its names are not visible in the next one. */
function blocks() {
  const found = read("README.md").matchAll(/^```ts\n(.*?)^```/gms);
  return [...found].map(([, code]) => `${code}\nexport {};\n`);
}

/** @param {string} block */
function namesDeno(block) {
  // A comment may mention the other runtime.
  return /\bDeno\.|djauth\/deno"/.test(block.replace(/\/\/.*$/gm, ""));
}

/**
 * @param {string} kind
 * @param {string[]} blocks
 */
function write(kind, blocks) {
  return blocks.map((code, index) => {
    const file = `${FOLDER}/${kind}_${index + 1}.ts`;
    writeFileSync(`${ROOT}/${file}`, code);
    return file;
  });
}

/** @returns {Record<string, string>} each entry point under both of its names, and the dependencies */
function imports() {
  const { name, exports, imports: dependencies } = readJson("deno.json");
  /** @type {Record<string, string>} */
  const map = { ...dependencies };
  for (const [path, source] of Object.entries(exports)) {
    const file = `../../../${String(source).slice(2)}`;
    map[`djauth${path.slice(1)}`] = file;
    map[`${name}${path.slice(1)}`] = file;
  }
  return map;
}

function configuration() {
  const sources = Object.entries(imports()).filter(([, target]) => target.startsWith("../"));
  return {
    extends: "../../tools/tsconfig.bun.json",
    compilerOptions: {
      noUnusedLocals: false,
      noUnusedParameters: false,
      paths: Object.fromEntries(sources.map(([name, target]) => [name, [target]])),
    },
    files: [],
    include: ["bun_*.ts"],
    exclude: [],
  };
}
