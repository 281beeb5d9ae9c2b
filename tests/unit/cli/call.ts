/** Calls the command `djauth` with a fake process environment. */

import { main } from "../../../src/cli/main.ts";

/** The result of a call of the command. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** The written files: their paths and texts. */
  readonly files: readonly (readonly [string, string])[];
}

/** Runs the command with the words of a line, or with arguments. */
export async function call(
  line: string | readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  let [out, err] = ["", ""];
  const files: [string, string][] = [];
  const args = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line;
  const status = await main(args, {
    env: (name) => env[name],
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    write: (path, text) => {
      if (path.startsWith("absent/")) throw new Error("ENOENT: no such file or directory");
      files.push([path, text]);
    },
  });
  return { status, out, err, files };
}
