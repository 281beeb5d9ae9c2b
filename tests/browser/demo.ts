/** Starts the demo and a browser to view it. The expectations are in the tests. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

/** The running demo. */
export interface Demo {
  /** Addresses by name: Django, Bun, Deno, Admin. */
  readonly urls: Readonly<Record<string, string>>;
  /** Passwords by username. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Its printed output. */
  readonly output: string;
  /** The process id of its PostgreSQL. */
  readonly postgres: number;
  /** Sends Ctrl-C. Returns the exit status and what is left in the temporary folder. */
  interrupt(): Promise<{ status: number | null; left: string[] }>;
}

/** Starts the demo on free ports, as `npm run demo` does. */
export async function startDemo(env: Record<string, string> = {}): Promise<Demo> {
  const scratch = mkdtempSync(join(tmpdir(), "djauth-demo-"));
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(scratch, 0o755);
  const script = fileURLToPath(new URL("../../examples/demo.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, "--port-base", "0"], {
    env: { ...process.env, NODE_OPTIONS: "", TMPDIR: scratch, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = await untilReady(child);
  return {
    urls: pairs(output, "ready"),
    passwords: pairs(output, "login"),
    output,
    postgres: postgresIn(scratch),
    async interrupt() {
      const exited = child.exitCode === null ? once(child, "exit") : [child.exitCode];
      child.kill("SIGINT");
      const [status] = await exited;
      const left = existsSync(scratch) ? readdirSync(scratch).filter(isOurs) : [];
      rmSync(scratch, { recursive: true, force: true });
      return { status, left };
    },
  };
}

/** Opens a Chromium with a temporary, empty profile. */
export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}

/** Whether the process exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilReady(child: ChildProcess): Promise<string> {
  let output = "";
  const ready = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (/^Ctrl-C/m.test(output)) resolve(true);
      });
    }
  });
  const ended = once(child, "exit").then(() => false);
  if (await Promise.race([ready, ended])) return output;
  throw new Error(`the demo ended: ${output}`);
}

/** Parses the lines `kind NAME VALUE` of the demo's output. */
function pairs(output: string, kind: string): Record<string, string> {
  const lines = output.matchAll(new RegExp(`^${kind} +(\\S+) +(\\S+)`, "gm"));
  return Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, value]));
}

/** Other programs also use the folder for temporary files. */
function isOurs(name: string): boolean {
  return name.startsWith("djauth-");
}

function postgresIn(folder: string): number {
  const [name = ""] = readdirSync(folder).filter(isOurs);
  return Number.parseInt(readFileSync(join(folder, name, "data", "postmaster.pid"), "utf8"));
}
