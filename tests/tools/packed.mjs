/** The package as npm would install it: packed, unpacked next to its dependencies, and run on each runtime. */

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

/** @type {Promise<string> | undefined} */
let consumer;

/** @returns {Promise<string>} a folder where the package is installed, with nothing but its dependencies beside it */
export function installPacked() {
  return consumer ??= unpack();
}

async function unpack() {
  const archive = await pack();
  const consumer = join(dirname(archive), "consumer");
  const { name, dependencies } = readJson("package.json");
  const installed = join(consumer, "node_modules", name);
  mkdirSync(installed, { recursive: true });
  const { status, output } = await run(["tar", "-xzf", archive, "-C", installed, "--strip-components=1"]);
  if (status !== 0) throw new Error(output);
  for (const dependency of Object.keys(dependencies)) {
    const place = join(consumer, "node_modules", dependency);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", dependency), place, "junction");
  }
  writeFileSync(join(consumer, "package.json"), '{ "type": "module" }');
  return consumer;
}

const TIMEOUT = 30_000;
const HELP = "djauth triggers";
const RUNTIMES = [["node"], ["bun", "run"], ["deno", "run", "--allow-all", "--no-check"]];

/** Uses a part of everything that is loaded lazily: the driver, the hashes, the decompression. */
const PROGRAM = `
import assert from "node:assert/strict";
import { createPasswords, createSessionCodec, djangoAuth, SessionPayload } from "NAME";

for (const path of PATHS) assert.ok(Object.keys(await import("NAME" + path)).length >= 0);

const auth = djangoAuth({ secretKey: "secret", database: "postgres://127.0.0.1:1/none", databaseDeadline: 1 });
await assert.rejects(auth.findUser(1), { code: "database_unavailable" });
await auth.close();

const text = JSON.stringify({ _auth_user_id: "7", cart: "x".repeat(500) });
const codec = createSessionCodec({ keys: { current: "secret", fallbacks: [] } });
const signed = codec.encode(SessionPayload.fromText(text));
assert.equal(signed[0], ".");
assert.equal(codec.decode(signed).get("_auth_user_id"), "7");

const passwords = createPasswords({ hashers: [{ algorithm: "pbkdf2_sha256", iterations: 10 }] });
assert.equal((await passwords.verifyPassword("horse", await passwords.makePassword("horse"))).isCorrect, true);
console.log("used");
`;

/**
 * Runs a program that imports every entry point, and the command, on each runtime.
 *
 * @returns {Promise<{ status: number, output: string }>}
 */
export async function runPacked() {
  const consumer = await installPacked();
  const { name, exports, bin } = readJson("package.json");
  const paths = JSON.stringify(Object.keys(exports).map((path) => path.slice(1)));
  writeFileSync(join(consumer, "program.mjs"), PROGRAM.replaceAll("NAME", name).replace("PATHS", paths));
  const command = join("node_modules", name, bin[name]);
  // The command runs when its entry point is imported, so both print its help.
  const wanted = [{ file: "program.mjs", words: ["used", HELP] }, { file: command, words: [HELP] }];
  for (const runtime of RUNTIMES) {
    for (const { file, words } of wanted) {
      const { status, output } = await run([...runtime, file, "--help"], { cwd: consumer, timeout: TIMEOUT });
      if (status === 0 && words.every((word) => output.includes(word))) continue;
      return { status: 1, output: `${runtime.join(" ")} ${file} --help: status ${status}\n${output}` };
    }
  }
  // As npm does when it installs a command.
  chmodSync(join(consumer, command), 0o755);
  return await run([join(consumer, command), "--help"], { timeout: TIMEOUT });
}
