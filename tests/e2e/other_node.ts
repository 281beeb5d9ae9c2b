/** A node in a process of its own, on the runtime that the test runs on. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { IS_DENO, type TestServer } from "./serve.ts";

/** A server in another process. */
export interface OtherNode extends TestServer {
  /** Resolves once its feed is live, or is so again. */
  untilLive(): Promise<void>;
  /** Pauses or resumes the process. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
}

const SCRIPT = fileURLToPath(new URL("./other_node_process.ts", import.meta.url));

/**
 * Starts a node, which ends with `stop()` or with this process. @param feed the URL of its feed, if not the database's
 */
export async function startNode(feed?: string): Promise<OtherNode> {
  const args = IS_DENO ? ["run", "--quiet", "--no-check", "--allow-all", SCRIPT] : [SCRIPT];
  const env = { ...process.env, ...(feed === undefined ? {} : { OTHER_FEED_URL: feed }) };
  const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "inherit"] });
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
    signal: (name) => void process.kill(child.pid!, name),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
