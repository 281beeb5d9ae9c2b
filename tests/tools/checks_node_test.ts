/** Verifies that the quick checks of `npm run check` can fail, on a copy of the repository with one break for each. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { ROOT } from "./run.mjs";

const COPIED = [
  ...[
    "deno.json",
    "package.json",
    "tsconfig.json",
    "mod.ts",
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
  ],
  ...["src", "tests", "examples"],
];
const LEFT_OUT = /\/tests\/\.(cache|output)$|\/__pycache__$/;

/** The check that must fail, the text appended to a file, and the expected output. */
const BREAKS: readonly (readonly [check: string, path: string, text: string, words: RegExp])[] = [
  ["format", "src/types.ts", "export   type Unformatted = 1;\n", /types\.ts/],
  ["lint", "src/feed.ts", "const unused = 1;\n", /no-unused-vars/],
  ["types on Deno", "src/database.ts", "const wrong: string = 1;\nvoid wrong;\n", /TS2322[^]*database\.ts/],
  ["import ladder", "src/crypto/hmac.ts", 'import "../session/codec.ts";\n', /a higher level/],
  ["export maps", "README.md", "\n[Guide](GUIDE.md)\n", /links to GUIDE\.md/],
  ["docs", "mod.ts", "export function undocumented(): void {}\n", /missing-jsdoc/],
  [
    "docs: titles",
    "src/feed.ts",
    "\n/**\n * @example\n */\nexport type Example = 1;\n",
    /feed\.ts:\d+: an @example/,
  ],
  [
    "docs: examples",
    "src/internal/random.ts",
    '\n/**\n * @example\n * ```ts\n * const one: number = "two";\n * ```\n */\nexport const EXAMPLE = 1;\n',
    /TS2322[^]*random\.ts/,
  ],
];

test("each quick check fails on the break made for it", { timeout: 120_000 }, () => {
  const copy = mkdtempSync(join(tmpdir(), "djauth-checks-"));
  try {
    for (const name of COPIED) {
      cpSync(join(ROOT, name), join(copy, name), {
        recursive: true,
        filter: (path: string) => !LEFT_OUT.test(path),
      });
    }
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "junction");
    for (const [, path, text] of BREAKS) appendFileSync(join(copy, path), text);
    const checks = BREAKS.map(([check]) => check);
    const command = ["tests/tools/check.mjs", ...checks];
    const { status, stdout } = spawnSync(process.execPath, command, { cwd: copy, encoding: "utf8" });
    assert.equal(status, 1);
    for (const [check, , , words] of BREAKS) {
      const [, output = ""] = new RegExp(`^FAIL ${check} .*\n((?: {5}.*\n)*)`, "m").exec(stdout) ?? [];
      assert.match(output, words, `${check}: ${stdout}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
