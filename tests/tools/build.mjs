/** Builds the npm package: JavaScript and declarations in `dist/`. JSR publishes the sources unchanged. */

import { rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { withNpmName } from "./package_names.mjs";
import { ROOT, run } from "./run.mjs";
import { pathsBelow, read } from "./sources.mjs";

rmSync(`${ROOT}/dist`, { recursive: true, force: true });
const { status, output } = await run(["tsc", "--project", "tsconfig.json"]);
process.stdout.write(output);
for (const path of pathsBelow("dist", () => true)) writeFileSync(`${ROOT}/${path}`, withNpmName(read(path)));
process.exit(status);
