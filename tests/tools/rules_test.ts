/** The repository's own rules: verifies that each of them can fail. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { untitled } from "./examples.mjs";
import { breaches, tooLong } from "./ladder.mjs";
import { disagreements } from "./maps.mjs";
import { jsrNames, withNpmName } from "./package_names.mjs";

const ALLOWED = { entryPoints: ["mod.ts"], dependencies: ["postgres", "@oslojs/crypto"] };

function breachesOf(files: Record<string, string>): string[] {
  return breaches(Object.entries(files).map(([path, text]) => ({ path, text })), ALLOWED);
}

describe("the import ladder", () => {
  test("allows imports from the same folder, from lower levels and of the database interface", () => {
    const found = breachesOf({
      "src/stores/db.ts": 'import type { D } from "../database.ts"; import { a } from "./a.ts";',
      "src/stores/a.ts": 'import { hmac } from "@oslojs/crypto/hmac"; import { E } from "../errors.ts";',
      "mod.ts": 'export { a } from "./src/stores/a.ts";',
    });
    assert.deepEqual(found, []);
  });

  test("reports imports of a higher level, of a sibling and of a package that is not a dependency", () => {
    const found = breachesOf({
      "src/crypto/up.ts": 'import type { S } from "../session/session.ts";',
      "src/session/side.ts": 'const { u } = await import("../users/user.ts");',
      "src/stores/driver.ts": 'import { p } from "../databases/postgres.ts";',
      "src/internal/node.ts": 'import { Buffer } from "node:buffer";',
    });
    assert.deepEqual(found, [
      "src/crypto/up.ts: imports src/session/session.ts, a higher level",
      "src/session/side.ts: imports src/users/user.ts, a sibling",
      "src/stores/driver.ts: imports src/databases/postgres.ts, a sibling",
      'src/internal/node.ts: imports "node:buffer", no dependency',
    ]);
  });

  test("reports an import of a higher part of the same folder, but not of a lower one", () => {
    const found = breachesOf({
      "src/auth/options/up.ts": 'import type { C } from "../core/core.ts";',
      "src/auth/core/down.ts": 'import type { O } from "../options/options.ts";',
      "src/sockets/protocol/out.ts": 'import type { S } from "../facade.ts";',
    });
    assert.deepEqual(found, [
      "src/auth/options/up.ts: imports src/auth/core/core.ts, a higher part of auth/",
      "src/sockets/protocol/out.ts: imports src/sockets/facade.ts, a higher part of sockets/",
    ]);
  });

  test("reports a runtime's global outside the adapters, but not a member or a word with that name", () => {
    const found = breachesOf({
      "src/auth/a.ts": "export const at = process.env.X;",
      "src/auth/b.ts": "export const at = (globalThis as { Bun?: unknown }).Bun;",
      "src/auth/c.ts": "/** Bun and Deno */ export const at = (job: { process: 1 }) => job.process;",
      "src/adapters/deno.ts": "export const at = Deno.serve;",
    });
    assert.deepEqual(found, [
      "src/auth/a.ts: names process, which belongs into an adapter",
      "src/auth/b.ts: names Bun, which belongs into an adapter",
    ]);
  });

  test("reports a driver that is loaded in two places, but not type-only imports", () => {
    const found = breachesOf({
      "src/databases/a.ts": 'import postgres from "postgres";',
      "src/databases/b.ts": 'const { default: p } = await import("postgres");',
      "src/databases/c.ts": 'import { type Sql } from "postgres";',
    });
    assert.deepEqual(found, [
      '"postgres" is loaded in several places: src/databases/a.ts, src/databases/b.ts',
    ]);
  });

  test("reports a cycle, a barrel, a default export and a file that is too long", () => {
    const found = breachesOf({
      "src/crypto/a.ts": 'import { b } from "./b.ts";',
      "src/crypto/b.ts": 'import type { a } from "./a.ts";',
      "src/crypto/all.ts": 'export * from "./c.ts"; export default 1;',
    });
    assert.deepEqual(found, [
      "src/crypto/all.ts: has a default export",
      'src/crypto/all.ts: passes on "./c.ts" (a barrel)',
      "a cycle: src/crypto/a.ts → src/crypto/b.ts → src/crypto/a.ts",
    ]);
    assert.deepEqual(tooLong([{ path: "a.ts", text: "\n".repeat(301) }]), [
      "a.ts: has 301 lines, more than 300",
    ]);
  });
});

test("an example without a title is reported with its line, one with a title is not", () => {
  const text = "/**\n * @example Sign and read\n * ```ts\n * ```\n *\n * @example\n * ```ts\n * ```\n */\n";
  assert.deepEqual(untitled([{ path: "src/a.ts", text }]), ["src/a.ts:6: an @example without a title"]);
});

test("files for npm name the package as npm does, and a line with the name on JSR is reported", () => {
  const text = [
    'import { djangoAuth } from "@djauth/djauth";',
    'import { attach } from "@djauth/djauth/bun";',
    "deno run -A jsr:@djauth/djauth/cli",
    'import { hmac } from "@oslojs/crypto/hmac"; // djauth',
  ].join("\n");
  const built = withNpmName(text);
  assert.equal(
    built,
    [
      'import { djangoAuth } from "djauth";',
      'import { attach } from "djauth/bun";',
      "deno run -A npm:djauth/cli",
      'import { hmac } from "@oslojs/crypto/hmac"; // djauth',
    ].join("\n"),
  );
  assert.deepEqual(
    jsrNames([{ path: "dist/a.js", text }, { path: "dist/b.js", text: built }]),
    [1, 2, 3].map((line) => `dist/a.js:${line}: names @djauth/djauth, but npm installs djauth`),
  );
});

describe("the comparison of the package metadata", () => {
  const right = {
    npm: {
      version: "1.0.0",
      exports: { ".": { types: "./dist/mod.d.ts", default: "./dist/mod.js" } },
      dependencies: { postgres: "^3.4.9" },
      files: ["dist"],
    },
    jsr: {
      version: "1.0.0",
      exports: { ".": "./mod.ts" },
      imports: { postgres: "npm:postgres@^3.4.9" },
      publish: { include: ["LICENSE", "examples/*.ts"] },
    },
    build: { files: ["mod.ts"] },
    readme: 'import { a } from "djauth"; [License](LICENSE) [site](https://example.com)',
    changelog: "## 1.0.0",
    exists: (path: string) => path === "LICENSE",
  };

  test("finds nothing when everything agrees", () => {
    assert.deepEqual(disagreements(right), []);
  });

  test("reports an entry point, version, dependency or path that is missing or different in one place", () => {
    const found = disagreements({
      ...right,
      jsr: {
        ...right.jsr,
        version: "1.0.1",
        exports: { ".": "./mod.ts", "./bun": "./src/adapters/bun.ts" },
        imports: {},
      },
      build: { files: [] },
      readme: 'import { a } from "djauth/deno"; [Guide](GUIDE.md)',
      changelog: "",
    });
    assert.deepEqual(found, [
      "mod.ts is exported but not among the files of tsconfig.json",
      '"./bun" is exported by deno.json but not by package.json',
      "package.json is version 1.0.0, deno.json is 1.0.1",
      'CHANGELOG.md has no heading "## 1.0.0"',
      "deno.json lacks the import postgres npm:postgres@^3.4.9",
      'README.md imports "./deno", which is not exported',
      "README.md links to GUIDE.md, which is not there",
      "README.md links to GUIDE.md, which package.json does not ship",
      "README.md links to GUIDE.md, which deno.json does not ship",
    ]);
  });

  test("reports a linked file of the README that a package does not ship", () => {
    const readme = "[Files](examples) [A](examples/a.ts) [B](examples/b/c.ts) [C](examples/d.sql)";
    const files = ["dist", "examples/*.ts", "examples/b"];
    const found = disagreements({ ...right, readme, npm: { ...right.npm, files }, exists: () => true });
    assert.deepEqual(found, [
      "README.md links to examples/d.sql, which package.json does not ship",
      "README.md links to examples/b/c.ts, which deno.json does not ship",
      "README.md links to examples/d.sql, which deno.json does not ship",
    ]);
  });
});
