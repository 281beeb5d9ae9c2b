/** What the README lists is all that there is: options and codes of errors, each with what the code says of it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BUN_SOCKET_OPTIONS } from "../../src/adapters/bun_options.ts";
import { SOCKET_OPTION_NAMES } from "../../src/sockets/upgrade/check_handlers.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const [, text] = README.split(`\n${heading}\n`);
  assert.ok(text !== undefined, heading);
  return text.split(/\n#+ /)[0]!;
}

test("the README has every handler and option of websocket, those of Bun included", () => {
  const text = section("### Options of `websocket`");
  const missing = [...SOCKET_OPTION_NAMES, ...BUN_SOCKET_OPTIONS].filter((name) =>
    !text.includes(`\`${name}\``)
  );
  assert.deepEqual(missing, []);
});
