/** The declarations of the package as a user's compiler sees them. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPacked } from "./packed.mjs";
import { run } from "./run.mjs";
import { readJson } from "./sources.mjs";

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

/**
 * Type-checks a program that imports every entry point of the packed package, beside which there is nothing but
 * its dependencies.
 *
 * @returns {Promise<{ status: number, output: string }>}
 */
export async function checkDeclarations() {
  const consumer = await installPacked();
  const { name, exports } = readJson("package.json");
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
