/** Writes what npm gets: JavaScript and declarations in `dist/`. JSR takes the sources as they are. */

import { rmSync } from "node:fs";
import process from "node:process";
import { ROOT, run } from "./run.mjs";

rmSync(`${ROOT}/dist`, { recursive: true, force: true });
const { status, output } = await run(["tsc", "--project", "tsconfig.json"]);
process.stdout.write(output);
process.exit(status);
