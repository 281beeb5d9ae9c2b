/** Type-checks the package's declarations as a user's compiler does. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPacked } from "./packed.mjs";
import { bunExamples } from "./readme_examples.mjs";
import { ROOT, run } from "./run.mjs";
import { readJson } from "./sources.mjs";

/** A user's possible module resolutions. */
const RESOLUTIONS = [
  { module: "NodeNext", moduleResolution: "NodeNext" },
  { module: "ESNext", moduleResolution: "Bundler" },
];

/** All strictness options, no declarations skipped, and no runtime's types. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  target: "ES2022",
  lib: ["ES2023", "DOM", "DOM.Iterable"],
  types: [],
};

/** The same for a program on Bun, whose own types are not checked. */
const ON_BUN = {
  ...STRICT,
  ...RESOLUTIONS[1],
  skipLibCheck: true,
  lib: ["ESNext"],
  types: [join(ROOT, "node_modules", "bun-types")],
};

/**
 * Type-checks a program that imports every entry point of the packed package, installed with only its dependencies;
 * then the README's programs for Bun, with Bun's types.
 *
 * @returns {Promise<{ status: number, output: string }>}
 */
export async function checkDeclarations() {
  const consumer = await installPacked();
  const { name, exports } = readJson("package.json");
  writeFileSync(join(consumer, "consumer.ts"), programOf(name, Object.keys(exports)));
  const examples = bunExamples().map((code, index) => {
    const file = `example_${index + 1}.ts`;
    writeFileSync(join(consumer, file), code);
    return file;
  });
  const programs = [
    ...RESOLUTIONS.map((resolution) => ({
      compilerOptions: { ...STRICT, ...resolution },
      files: ["consumer.ts"],
    })),
    { compilerOptions: ON_BUN, files: examples },
  ];
  for (const program of programs) {
    writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify(program));
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
