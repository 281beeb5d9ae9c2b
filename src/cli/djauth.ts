#!/usr/bin/env node
/**
 * The command djauth: "npx djauth", "bunx djauth", or "deno run -A jsr:@djauth/djauth/cli". It runs when it is loaded; what
 * it does begins in "main.ts". No back-quotes here: a shell that is given this file without its first line runs them.
 *
 * @module
 */

import { main } from "./main.ts";

/** The slice of a process that a command uses, on every runtime. */
interface CommandProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
}

const { process } = globalThis as unknown as { process: CommandProcess };

process.exitCode = await main(process.argv.slice(2), {
  env: (name) => process.env[name],
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
