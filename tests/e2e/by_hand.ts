/**
 * A server without `attach` that calls `auth.context`, `context.finish` and `auth.upgrade` itself, on either runtime.
 */

import type { Handler } from "../../src/auth/request/handler.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { SocketHandlers } from "../../src/sockets/socket/options.ts";
import type { Connection } from "../../src/sockets/connection/connection.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { IS_BUN, type TestServer } from "./serve.ts";

/** What is served, and how refusals are sent. */
export interface ByHand {
  readonly page: Handler;
  readonly websocket: SocketHandlers<DjangoUserRow>;
  readonly refuseBy: "close" | "response";
}

/** An upgrade to be carried out. */
interface Upgrade {
  readonly connection: Pick<Connection, "opened" | "received" | "closed">;
  readonly protocol: string | null;
  readonly cookies: readonly string[];
}

// deno-lint-ignore no-explicit-any -- the runtimes' own types exclude each other
const runtime = globalThis as any;
const ADDRESS = { port: 0, hostname: "127.0.0.1" } as const;

/** Serves on a free port. */
export function serveByHand(auth: DjangoAuth, site: ByHand): TestServer {
  return IS_BUN ? onBun(auth, site) : onDeno(auth, site);
}

async function pageOf(auth: DjangoAuth, request: Request, { page }: ByHand): Promise<Response> {
  const context = auth.context(request);
  return await context.finish(await page(request, context));
}

async function decide(
  auth: DjangoAuth,
  request: Request,
  { websocket, refuseBy }: ByHand,
): Promise<Upgrade | Response> {
  const decision = await auth.upgrade(request, websocket);
  if (decision.accepted) return decision;
  if (refuseBy === "response") return decision.response();
  const { code, reason, protocol } = decision;
  const connection = {
    opened: (transport: Parameters<Connection["opened"]>[0]) => void transport.close(code, reason),
    received: () => {},
    closed: () => {},
  };
  return { connection, protocol, cookies: [] };
}

function onBun(auth: DjangoAuth, site: ByHand): TestServer {
  type BunSocket = { data: Upgrade["connection"]; readyState: number; send(): void; close(): void };
  const server = runtime.Bun.serve({
    ...ADDRESS,
    async fetch(request: Request, server: { upgrade(request: Request, options: object): boolean }) {
      if (request.headers.get("upgrade") === null) return await pageOf(auth, request, site);
      const upgrade = await decide(auth, request, site);
      if (upgrade instanceof Response) return upgrade;
      const headers = new Headers({ "sec-websocket-protocol": upgrade.protocol ?? "" });
      for (const cookie of upgrade.cookies) headers.append("set-cookie", cookie);
      server.upgrade(request, { headers, data: upgrade.connection });
    },
    websocket: {
      open: (socket: BunSocket) => socket.data.opened(socket),
      message: (socket: BunSocket, data: string | Uint8Array<ArrayBuffer>) => socket.data.received(data),
      close: (socket: BunSocket, code: number, reason: string) => socket.data.closed(code, reason),
    },
  });
  const host = `127.0.0.1:${server.port}`;
  return { url: `http://${host}`, host, stop: () => server.stop(true) };
}

function onDeno(auth: DjangoAuth, site: ByHand): TestServer {
  const server = runtime.Deno.serve({ ...ADDRESS, onListen: () => {} }, async (request: Request) => {
    if (request.headers.get("upgrade") === null) return await pageOf(auth, request, site);
    const upgrade = await decide(auth, request, site);
    if (upgrade instanceof Response) return upgrade;
    const { socket, response } = runtime.Deno.upgradeWebSocket(request);
    if (upgrade.protocol !== null) response.headers.set("sec-websocket-protocol", upgrade.protocol);
    for (const cookie of upgrade.cookies) response.headers.append("set-cookie", cookie);
    socket.onopen = () => upgrade.connection.opened(socket);
    socket.onmessage = ({ data }: MessageEvent) => upgrade.connection.received(data);
    socket.onclose = ({ code, reason }: CloseEvent) => upgrade.connection.closed(code, reason);
    return response;
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return { url: `http://${host}`, host, stop: () => server.shutdown() };
}
