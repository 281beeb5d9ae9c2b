#!/usr/bin/env node
/**
 * The command djauth: "npx djauth", "bunx djauth", or "deno run -A jsr:@djauth/djauth/cli". It runs when it is loaded; what
 * it does begins in "main.ts". No back-quotes here: a shell that is given this file without its first line runs them.
 *
 * @module
 */

import { main } from "./main.ts";

/** The slice of a stream that a command uses. */
interface CommandStream {
  write(text: string): unknown;
  on(event: "error", listener: (error: { readonly code?: unknown }) => void): unknown;
}

/** The slice of a process that a command uses, on every runtime. */
interface CommandProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: CommandStream;
  readonly stderr: CommandStream;
  exitCode?: number | string | null | undefined;
}

const { process } = globalThis as unknown as { process: CommandProcess };

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    // Whoever reads has read enough, as "head" does: that is no fault of the command.
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await main(process.argv.slice(2), {
  env: (name) => process.env[name],
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
