/**
 * djauth on Deno: `Deno.serve(attach(auth, { fetch, websocket, … }))`. Translation and nothing else.
 *
 * @module
 */

import type { Attached, AttachOptions } from "./attach_options.ts";
import { requireAttach } from "./check_attach.ts";
import type { RequestContext, RequestInfo } from "../auth/request/context.ts";
import type { ErrorHandler } from "../auth/request/handle.ts";
import type { DjangoAuth } from "../django_auth.ts";
import { ABNORMAL_CLOSURE } from "../sockets/protocol/close_codes.ts";
import type { Connection } from "../sockets/connection/connection.ts";
import type { Connector, PendingConnection } from "../sockets/connection/connector.ts";
import type { AnonymousRule, SocketHandlers } from "../sockets/socket/options.ts";

export type { Attached, AttachOptions } from "./attach_options.ts";

/** The slice of Deno that is used. */
interface DenoSlice {
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout?: number },
  ): { socket: WebSocket; response: Response };
}

/** What Deno tells a handler about the peer. */
export interface DenoServeInfo {
  /** The peer. */
  readonly remoteAddr: { readonly transport: string; readonly hostname?: string };
}

/** What {@link attach} takes beside the options of `Deno.serve`. */
export interface DenoHandlers<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** Answers requests. */
  fetch: (request: Request, context: RequestContext<Row>) => Response | Promise<Response>;
  /** What happens on sockets. */
  websocket?: SocketHandlers<Row, Data, Anonymous>;
  /** Makes the response when your handler throws something of its own. */
  onError?: ErrorHandler;
}

/** What {@link attach} puts in the place of the handlers. */
export interface DenoServeHandlers {
  /** For `Deno.serve`. */
  handler: (request: Request, info: DenoServeInfo) => Promise<Response>;
}

/** The default of the other runtime: a page that sleeps for a minute keeps its socket. */
const IDLE_TIMEOUT = 120;

/**
 * The options of `Deno.serve` with djauth in front of the handlers. Every other option is passed on as it is.
 *
 * @throws {TypeError} where `auth` is not what `djangoAuth()` makes
 * @throws {ImproperlyConfigured} `improperly_configured` without `fetch`, and for an option of `websocket` that cannot be
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
  requireAttach(auth, options);
  const { fetch, websocket, onError, ...rest } = options;
  const connector = websocket === undefined ? null : auth.connector(websocket);
  const idleTimeout = websocket?.idleTimeout ?? IDLE_TIMEOUT;

  function upgrade(request: Request, info: RequestInfo, { connect }: Connector<Row>): Promise<Response> {
    // Deno makes the signal when it is first read, and then only tells of what happens afterwards.
    const { signal } = request;
    // Each function that waits keeps what it has in memory for each upgrade under way, which is copied again and again.
    return connect(request, info).then((pending) =>
      pending instanceof Response ? pending : carryOut(request, signal, pending)
    );
  }

  function carryOut(request: Request, signal: AbortSignal, pending: PendingConnection): Response {
    const { connection } = pending;
    // Upgraded all the same, a socket whose client left has no event ever, and the server's shutdown() waits for it.
    const upgraded = signal.aborted ? null : upgradeOrNull(request, idleTimeout);
    if (upgraded === null) {
      connection.closed(ABNORMAL_CLOSURE, "");
      return new Response(null, { status: 400 });
    }
    // From here on nothing may throw: an upgraded request whose response does not come back closes Deno's listener.
    const { socket, response } = upgraded;
    // Written by hand: Deno's own option does not understand offers without a space behind the comma.
    if (pending.protocol !== null) response.headers.set("sec-websocket-protocol", pending.protocol);
    for (const cookie of pending.cookies) response.headers.append("set-cookie", cookie);
    const teller = new Teller(connection, socket);
    socket.addEventListener("open", teller);
    socket.addEventListener("message", teller);
    socket.addEventListener("close", teller);
    return response;
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

/** Asks Deno for the address only when it is read, while there is a request to ask about. */
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

/** Tells a connection what happens on its socket: one object, where three functions would be kept for each socket. */
class Teller implements EventListenerObject {
  #connection: Connection | null;
  readonly #socket: WebSocket;

  constructor(connection: Connection, socket: WebSocket) {
    this.#connection = connection;
    this.#socket = socket;
  }

  handleEvent(event: Event): void {
    const connection = this.#connection;
    switch (event.type) {
      case "open":
        return connection?.opened(this.#socket);
      case "message": {
        const { data } = event as MessageEvent<string | ArrayBuffer>;
        return connection?.received(typeof data === "string" ? data : new Uint8Array(data));
      }
      case "close": {
        const { code, reason } = event as CloseEvent;
        // Deno keeps a socket that just ended until its idle timer is due: nothing of ours, such as the user, stays with it.
        this.#connection = null;
        // Deno says 0 where the connection just ended.
        return connection?.closed(code || ABNORMAL_CLOSURE, reason);
      }
    }
  }
}

/** Upgrades; `null` for a request without the key or the headers that RFC 6455 asks for. */
function upgradeOrNull(
  request: Request,
  idleTimeout: number,
): ReturnType<DenoSlice["upgradeWebSocket"]> | null {
  const { Deno: runtime } = globalThis as unknown as { Deno: DenoSlice };
  const errors = Error as { stackTraceLimit?: number | undefined };
  const { stackTraceLimit } = errors;
  // Deno tells the signal of an upgraded request that it was cancelled, by an exception whose stack nobody reads: to collect
  // it takes one twentieth of the upgrade. With a limit of 0, V8 collects it all the same, and only shows nothing of it.
  errors.stackTraceLimit = undefined;
  try {
    return runtime.upgradeWebSocket(request, { idleTimeout });
  } catch {
    return null;
  } finally {
    errors.stackTraceLimit = stackTraceLimit;
  }
}
