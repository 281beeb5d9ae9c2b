/** A node in a process of its own, on the runtime that the test runs on. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { IS_DENO, type TestServer } from "./serve.ts";

/** A server in another process. */
export interface OtherNode extends TestServer {
  /** Resolves once its feed is live. */
  untilLive(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL("./other_node_process.ts", import.meta.url));

/** Starts one; it ends with `stop()`, or with this process. */
export async function startNode(): Promise<OtherNode> {
  const args = IS_DENO ? ["run", "--quiet", "--no-check", "--allow-all", SCRIPT] : [SCRIPT];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => void child.on("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<{ url?: string; host?: string }> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the other node ended");
    return JSON.parse(value);
  };
  const { url = "", host = "" } = await next();
  return {
    url,
    host,
    untilLive: async () => void await next(),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
