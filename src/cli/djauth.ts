#!/usr/bin/env node
/**
 * The command djauth: "npx djauth", "bunx djauth", or "deno run -A jsr:@djauth/djauth/cli". Runs when it is loaded; its
 * code starts in "main.ts". No backquotes here: a shell that gets this file without its first line would execute them.
 *
 * @module
 */

import { builtinModule } from "../internal/builtin.ts";
import { main } from "./main.ts";

/** The slice of a stream in use. */
interface CommandStream {
  write(text: string): unknown;
  on(event: "error", listener: (error: { readonly code?: unknown }) => void): unknown;
}

/** The slice of a process in use, on every runtime. */
interface CommandProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: CommandStream;
  readonly stderr: CommandStream;
  exitCode?: number | string | null | undefined;
}

/** The slice of `node:fs` in use. */
interface FileSystem {
  writeFileSync(path: string, text: string, options: { flag: string }): void;
}

const { process } = globalThis as unknown as { process: CommandProcess };

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    // The reader has read enough, like "head": not an error of the command.
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await main(process.argv.slice(2), {
  env: (name) => process.env[name],
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  write: (path, text) => (builtinModule("node:fs") as FileSystem).writeFileSync(path, text, { flag: "wx" }),
});
