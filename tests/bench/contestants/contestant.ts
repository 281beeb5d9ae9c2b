/** What the contestants share: the listening options and the commands they answer over standard input. */

import { createInterface } from "node:readline";
import process from "node:process";

/** A server without djauth, on either runtime. */
export interface PlainServer<Visitor> {
  /** Answers a request. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Decides about an upgrade: the returned value is stored on the socket, `null` refuses it. */
  readonly admit: (request: Request) => Visitor | null | Promise<Visitor | null>;
}

// deno-lint-ignore no-explicit-any -- the runtimes' own types exclude each other
export const runtime = globalThis as any;

/** Whether this is Bun, and not Deno. */
export const IS_BUN: boolean = "Bun" in runtime;

/** The path that accepts sockets. */
export const SOCKET_PATH = "/live";

/** In seconds; the same for all, so that the runtimes' defaults make no difference. */
export const IDLE_TIMEOUT = 120;

/** Options of the runtime's server. */
export const LISTEN = { port: 0, hostname: "127.0.0.1", onListen: () => {} };

/** URL of the filled database. */
export function databaseUrl(): string {
  return process.env.BENCH_DATABASE!;
}

/** The message that makes the server close all sockets at once, where that is measured. */
export const CLOSE_ALL = "close all";
/** The close code and reason: those of an ended session. */
const ENDED = [4401, "session_ended"] as const;

interface ClosableSocket {
  close(code: number, reason: string): void;
}

/** `null` unless closing is measured, so that tracking sockets does not distort the memory measurements. */
const closable: ClosableSocket[] | null = process.env.BENCH_CLOSE === undefined ? null : [];

function echo(socket: ClosableSocket & { send(data: unknown): void }, data: unknown): void {
  if (closable === null || data !== CLOSE_ALL) return void socket.send(data);
  for (const other of closable.splice(0)) other.close(...ENDED);
}

/** Starts a server as people write it for their runtime, and prints its port. */
export function servePlainly<Visitor>({ fetch, admit }: PlainServer<Visitor>): void {
  if (IS_BUN) servePlainlyOnBun(fetch, admit);
  else servePlainlyOnDeno(fetch, admit);
}

function servePlainlyOnBun<Visitor>(
  fetch: PlainServer<Visitor>["fetch"],
  admit: PlainServer<Visitor>["admit"],
): void {
  const server = runtime.Bun.serve({
    ...LISTEN,
    async fetch(request: Request, bun: { upgrade(request: Request, options: object): boolean }) {
      if (!isUpgrade(request)) return fetch(request);
      const visitor = await admit(request);
      if (visitor === null) return new Response(null, { status: 401 });
      return bun.upgrade(request, { data: visitor }) ? undefined : new Response(null, { status: 400 });
    },
    websocket: {
      idleTimeout: IDLE_TIMEOUT,
      open: (socket: ClosableSocket) => void closable?.push(socket),
      message: echo,
    },
  });
  ready(server.port);
}

function servePlainlyOnDeno<Visitor>(
  fetch: PlainServer<Visitor>["fetch"],
  admit: PlainServer<Visitor>["admit"],
): void {
  const server = runtime.Deno.serve(LISTEN, async (request: Request) => {
    if (!isUpgrade(request)) return fetch(request);
    const visitor = await admit(request);
    if (visitor === null) return new Response(null, { status: 401 });
    const { socket, response } = runtime.Deno.upgradeWebSocket(request, { idleTimeout: IDLE_TIMEOUT });
    socket.visitor = visitor;
    socket.onmessage = ({ data }: MessageEvent) => echo(socket, data);
    closable?.push(socket);
    return response;
  });
  ready(server.addr.port);
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade") === "websocket";
}

/** Commands that can be sent over standard input. */
export type Answers = Readonly<Record<string, () => unknown>>;

/** Prints the port, then answers commands: `memory` collects garbage and returns byte counts, `answers` adds others. */
export function ready(port: number, answers: Answers = {}): void {
  const all: Answers = { memory, ...answers };
  createInterface({ input: process.stdin })
    .on("line", async (line) => console.log(JSON.stringify(await all[JSON.parse(line).ask]!())))
    .on("close", () => process.exit());
  console.log(JSON.stringify({ port }));
}

function collect(): void {
  for (let times = 0; times < 3; times++) IS_BUN ? runtime.Bun.gc(true) : runtime.gc();
}

function memory(): { rss: number; heap: number } {
  // Compiled code and pages that the engine has not returned yet do not count as socket memory.
  if (IS_BUN) runtime.Bun.shrink();
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed };
}
