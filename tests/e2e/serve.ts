/** A server with djauth in front, on the runtime that the test runs on: the same tests on Bun and on Deno. */

import { attach as attachBun } from "../../src/adapters/bun.ts";
import { attach as attachDeno } from "../../src/adapters/deno.ts";
import type { Handler } from "../../src/auth/request/handler.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import type { AnonymousRule, SocketHandlers } from "../../src/sockets/socket/options.ts";

/** A running server. */
export interface TestServer {
  /** `http://127.0.0.1:port`, or `https:`. */
  readonly url: string;
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Stops the server and ends its connections. */
  stop(): Promise<void>;
}

/** What is served. */
export interface TestHandlers<Row extends object, Data, Anonymous extends AnonymousRule> {
  fetch: Handler<Row>;
  websocket?: SocketHandlers<Row, Data, Anonymous>;
}

// deno-lint-ignore no-explicit-any -- the runtimes' own types exclude each other
const runtime = globalThis as any;

/** Whether this is Bun. */
export const IS_BUN: boolean = "Bun" in runtime;

/** Whether this is Deno. */
export const IS_DENO: boolean = !IS_BUN && "Deno" in runtime;

/** A certificate and its key, in PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Serves on a free port.
 *
 * @param certificate if given, the server uses TLS
 */
export function serve<Row extends object, Data = undefined, const Anonymous extends AnonymousRule = false>(
  auth: DjangoAuth<Row>,
  handlers: TestHandlers<Row, Data, Anonymous>,
  certificate?: TestCertificate,
): TestServer {
  const scheme = certificate === undefined ? "http" : "https";
  const address = { port: 0, hostname: "127.0.0.1" };
  if (IS_BUN) {
    const server = runtime.Bun.serve(attachBun(auth, { ...address, tls: certificate, ...handlers }));
    return served(scheme, server.port, () => server.stop(true));
  }
  const server = runtime.Deno.serve(
    attachDeno(auth, { ...address, ...certificate, onListen: () => {}, ...handlers }),
  );
  return served(scheme, server.addr.port, () => inTime(server.shutdown()));
}

/** Deno waits forever for an upgrade whose client left while the 101 was being written, since no event reports that. */
async function inTime(shutdown: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([shutdown, new Promise<void>((resolve) => timer = setTimeout(resolve, 2000))]);
  clearTimeout(timer);
}

function served(scheme: string, port: number, stop: () => Promise<void>): TestServer {
  const host = `127.0.0.1:${port}`;
  return { url: `${scheme}://${host}`, host, stop };
}
