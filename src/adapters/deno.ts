/**
 * djauth on Deno: `Deno.serve(attach(auth, { fetch, websocket, … }))`. Translation and nothing else.
 *
 * @module
 */

import type { Attached, AttachOptions } from "./attach_options.ts";
import { requireAttach } from "./check_attach.ts";
import { upgradeOrNull } from "./deno_socket.ts";
import type { RequestContext, RequestInfo } from "../auth/request/context.ts";
import type { ErrorHandler } from "../auth/request/handle.ts";
import type { DjangoAuth } from "../django_auth.ts";
import { ABNORMAL_CLOSURE } from "../sockets/protocol/close_codes.ts";
import type { Connector, PendingConnection } from "../sockets/connection/connector.ts";
import type { AnonymousRule, SocketHandlers } from "../sockets/socket/options.ts";

export type { Attached, AttachOptions } from "./attach_options.ts";

/** The information about a request that Deno passes to a handler. */
export interface DenoServeInfo {
  /** The peer. */
  readonly remoteAddr: { readonly transport: string; readonly hostname?: string };
}

/** The handlers that {@link attach} takes in addition to the options of `Deno.serve`. */
export interface DenoHandlers<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** Handles requests. */
  fetch: (request: Request, context: RequestContext<Row>) => Response | Promise<Response>;
  /** Handles sockets. */
  websocket?: SocketHandlers<Row, Data, Anonymous>;
  /** Makes the response if `fetch` throws anything but an error of djauth. */
  onError?: ErrorHandler;
}

/** The handler that {@link attach} passes to `Deno.serve` instead. */
export interface DenoServeHandlers {
  /** For `Deno.serve`. */
  handler: (request: Request, info: DenoServeInfo) => Promise<Response>;
}

/** The default of Bun: a page that sleeps for a minute keeps its socket. */
const IDLE_TIMEOUT_SECONDS = 120;

/**
 * Returns the options of `Deno.serve` with djauth in front of the handlers. All other options are passed on unchanged.
 * Run Deno with `--unstable-no-legacy-abort`: upgrades are faster, and Deno does not warn about `request.signal`.
 *
 * @throws {TypeError} if `auth` was not created by `djangoAuth()`
 * @throws {ImproperlyConfigured} `improperly_configured` without `fetch`, for a handler under a wrong name, and for an
 * invalid option of `websocket`
 *
 * @example A server with a page and sockets
 * ```ts
 * import { djangoAuth } from "@djauth/djauth";
 * import { attach } from "@djauth/djauth/deno";
 *
 * const auth = djangoAuth({ secretKey: "the SECRET_KEY", database: "postgres://localhost/site" });
 * const options = attach(auth, {
 *   port: 3000,
 *   async fetch(_request, context) {
 *     return Response.json({ hello: (await context.user())?.username ?? "stranger" });
 *   },
 *   websocket: {
 *     message: (socket, data) => socket.send(`${socket.user.username} said ${data}`),
 *   },
 * });
 * console.log(options.port); // Deno.serve(options)
 * await auth.close();
 * ```
 */
export function attach<
  Row extends object,
  Data = undefined,
  const Anonymous extends AnonymousRule = false,
  Rest extends object = object,
>(
  auth: DjangoAuth<Row>,
  options: AttachOptions<DenoHandlers<Row, Data, Anonymous>, Rest>,
): Attached<DenoHandlers<Row, Data, Anonymous>, Rest, DenoServeHandlers> {
  requireAttach(auth, options, { error: "onError" });
  const { fetch, websocket, onError, ...rest } = options;
  const connector = websocket === undefined ? null : auth.connector(websocket);
  const idleTimeout = websocket?.idleTimeout ?? IDLE_TIMEOUT_SECONDS;

  function upgrade(request: Request, info: RequestInfo, { connect }: Connector<Row>): Promise<Response> {
    // Deno creates the signal when it is first read; it then reports only what happens afterwards.
    const { signal } = request;
    // Not an async function: its frame would be kept for each upgrade under way.
    return connect(request, info).then((pending) =>
      pending instanceof Response ? pending : carryOut(request, signal, pending)
    );
  }

  function carryOut(request: Request, signal: AbortSignal, pending: PendingConnection): Response {
    // A socket whose client has left would never have an event, and the server's shutdown() would wait for it.
    const response = signal.aborted ? null : upgradeOrNull(request, pending, idleTimeout);
    if (response !== null) return response;
    pending.connection.closed(ABNORMAL_CLOSURE, "");
    return new Response(null, { status: 400 });
  }

  return {
    ...rest as unknown as Omit<Rest, keyof DenoHandlers<Row, Data, Anonymous>>,
    handler(request, serveInfo) {
      const info = new DenoRequestInfo(serveInfo);
      if (connector?.wants(request)) return upgrade(request, info, connector);
      return auth.handle(request, connector?.handlerFor(request) ?? fetch, info, onError);
    },
  };
}

/** Reads the address from Deno lazily, while the request is still open. */
class DenoRequestInfo implements RequestInfo {
  readonly #info: DenoServeInfo;
  #address: string | undefined;

  constructor(info: DenoServeInfo) {
    this.#info = info;
  }

  get remoteAddress(): string | undefined {
    try {
      return this.#address ??= this.#info.remoteAddr.hostname;
    } catch {
      // The request was answered, or upgraded.
      return undefined;
    }
  }
}
