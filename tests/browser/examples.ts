/** Runs an example as a reader would, on Bun or on Deno, and visits it like a browser without scripts. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { choosePorts } from "../../examples/demo/ports.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A running example. */
export interface Example {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `examples/<name>.ts`; the examples named after a runtime call its `serve` themselves. */
export async function startExample(
  runtime: "bun" | "deno",
  name: string,
  env: Record<string, string>,
): Promise<Example> {
  const [port = 0] = await choosePorts(1, 0);
  const [program = "", ...args] = commandFor(runtime, `examples/${name}.ts`, port);
  const child = spawn(`${ROOT}node_modules/.bin/${program}`, args, {
    cwd: ROOT,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const exited = once(child, "exit");
  // Shown only if it does not start: tests also make requests that are refused.
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => complaints += text);
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    // The process group: the npm package's program may be a wrapper script.
    if (child.exitCode === null) process.kill(-child.pid!, "SIGKILL");
    await exited;
  };
  for (let attempt = 0; attempt < 400 && child.exitCode === null; attempt++) {
    if (await fetch(url).then((response) => response.body?.cancel(), () => false) !== false) {
      return { url, stop };
    }
    await delay(50);
  }
  await stop();
  throw new Error(`examples/${name}.ts does not answer on ${runtime}: ${complaints}`);
}

/** A client with cookies that loads pages and submits forms. */
export class Visitor {
  readonly cookies: Map<string, string> = new Map();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The same cookies on another example. */
  at(url: string): Visitor {
    const visitor = new Visitor(url);
    for (const [name, value] of this.cookies) visitor.cookies.set(name, value);
    return visitor;
  }

  async get(path: string): Promise<Response> {
    return await this.#send(path, {});
  }

  /** Submits a form with the CSRF token of the page. */
  async post(path: string, fields: Record<string, string>): Promise<Response> {
    const page = await (await this.get("/")).text();
    const csrfmiddlewaretoken = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(page)?.[1] ?? "";
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken });
    return await this.#send(path, { method: "POST", body, headers: { origin: this.#url } });
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...init.headers as Record<string, string>, cookie };
    const response = await fetch(this.#url + path, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)="?([^";]*)/.exec(line) ?? [];
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }
}

function commandFor(runtime: "bun" | "deno", file: string, port: number): string[] {
  if (runtime === "bun") return ["bun", file];
  if (file.endsWith("/deno.ts")) return ["deno", "run", "-A", file];
  return ["deno", "serve", "-A", "--host=127.0.0.1", `--port=${port}`, file];
}
