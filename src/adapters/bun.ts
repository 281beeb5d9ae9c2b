/**
 * djauth on Bun: `Bun.serve(attach(auth, { fetch, websocket, … }))`. Translation and nothing else.
 *
 * @module
 */

import type { Attached, AttachOptions } from "./attach_options.ts";
import {
  BUN_SOCKET_OPTIONS,
  type BunSocket,
  type BunSocketEvents,
  type BunSocketPassed,
  type BunSocketSettings,
  passedToBun,
} from "./bun_options.ts";
import { requireAttach } from "./check_attach.ts";
import type { RequestContext, RequestInfo } from "../auth/request/context.ts";
import type { ErrorHandler } from "../auth/request/handle.ts";
import type { DjangoAuth } from "../django_auth.ts";
import { ABNORMAL_CLOSURE, refusal } from "../sockets/protocol/close_codes.ts";
import type { Connection } from "../sockets/connection/connection.ts";
import type { PendingConnection } from "../sockets/connection/connector.ts";
import type { AnonymousRule, SocketHandlers } from "../sockets/socket/options.ts";

export type { Attached, AttachOptions } from "./attach_options.ts";
export type {
  BunCompressor,
  BunSocket,
  BunSocketEvents,
  BunSocketPassed,
  BunSocketSettings,
} from "./bun_options.ts";

/** Bun's close reason for a message longer than `maxPayloadLength`. */
const TOO_BIG = "Received too big message";

/** The slice of Bun's server in use. */
export interface BunServer {
  /** Upgrades a request to a WebSocket; returns `false` if the client has gone. */
  upgrade(request: Request, options: { headers?: Headers; data: Connection }): boolean;
  /** Returns the peer of a request. */
  requestIP(request: Request): { readonly address: string } | null;
}

/** The handlers that {@link attach} takes in addition to the options of `Bun.serve`. */
export interface BunHandlers<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** Handles requests. */
  fetch: (request: Request, context: RequestContext<Row>) => Response | Promise<Response>;
  /** Handles sockets. */
  websocket?:
    & SocketHandlers<Row, Data, Anonymous>
    & BunSocketEvents<Row, Data, Anonymous>
    & BunSocketSettings;
  /**
   * Makes the response if `fetch` throws anything but an error of djauth; Bun itself calls it for `routes`, where it
   * must be passed to `auth.handle` as well.
   */
  error?: ErrorHandler;
}

/** The handlers that {@link attach} passes to `Bun.serve` instead. */
export interface BunServeHandlers {
  /** For `Bun.serve`. */
  fetch: (request: Request, server: BunServer) => Promise<Response | undefined>;
  /** For `Bun.serve`, if given. */
  error?: ErrorHandler;
  /** For `Bun.serve`. */
  websocket: BunSocketPassed & {
    open(socket: BunSocket): void;
    message(socket: BunSocket, message: string | Uint8Array<ArrayBuffer>): void;
    close(socket: BunSocket, code: number, reason: string): void;
  };
}

/**
 * Returns the options of `Bun.serve` with djauth in front of the handlers. All other options are passed on unchanged.
 *
 * @throws {TypeError} if `auth` was not created by `djangoAuth()`
 * @throws {ImproperlyConfigured} `improperly_configured` without `fetch`, for a handler under a wrong name, and for an
 * invalid option of `websocket`
 *
 * @example A server with a page and sockets
 * ```ts
 * import { djangoAuth } from "@djauth/djauth";
 * import { attach } from "@djauth/djauth/bun";
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
 * console.log(options.port); // Bun.serve(options)
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
  options: AttachOptions<BunHandlers<Row, Data, Anonymous>, Rest>,
): Attached<BunHandlers<Row, Data, Anonymous>, Rest, BunServeHandlers> {
  requireAttach(auth, options, { onError: "error" });
  const { fetch, websocket, error, ...rest } = options;
  const hasSockets = websocket !== undefined;
  const connector = auth.connector(websocket ?? { path: [], claimPath: null }, BUN_SOCKET_OPTIONS);

  async function upgrade(request: Request, server: BunServer): Promise<Response | undefined> {
    const pending = await connector.connect(request, new BunRequestInfo(request, server));
    if (pending instanceof Response) return pending;
    const headers = headersOf(request, pending);
    const { connection: data } = pending;
    // `false`: the client left during the decision.
    const isUpgraded = server.upgrade(request, headers === undefined ? { data } : { headers, data });
    if (isUpgraded) return undefined;
    data.closed(ABNORMAL_CLOSURE, "");
    return new Response(null, { status: 400 });
  }

  return {
    ...rest as unknown as Omit<Rest, keyof BunHandlers<Row, Data, Anonymous>>,
    ...error === undefined ? {} : { error },
    fetch(request, server) {
      // Without sockets, `wants()` is false but would still read a header of every request.
      if (hasSockets && connector.wants(request)) return upgrade(request, server);
      const handler = connector.handlerFor(request) ?? fetch;
      return auth.handle(request, handler, new BunRequestInfo(request, server), error);
    },
    websocket: {
      ...passedToBun(websocket ?? {}),
      open(socket) {
        // Bun also passes sockets that a handler in `routes` has upgraded, with arbitrary data.
        if (!isConnection(socket.data)) socket.data = connector.foreign;
        socket.data.opened(socket);
      },
      message: (socket, message) => socket.data.received(message),
      close(socket, code, reason) {
        // Bun has sent 1009 to the client, but reports a broken connection to the server.
        const isTooBig = code === ABNORMAL_CLOSURE && reason === TOO_BIG;
        const end = isTooBig ? refusal("message_too_big") : { code, reason };
        socket.data.closed(end.code, end.reason);
      },
    },
  };
}

/** Returns the headers of the 101 in addition to Bun's own; usually none. */
function headersOf(request: Request, { protocol, cookies }: PendingConnection): Headers | undefined {
  const isOffered = request.headers.has("sec-websocket-protocol");
  if (!isOffered && cookies.length === 0) return undefined;
  // Without this header, Bun would select the first protocol offered, which may be a token.
  const headers = new Headers({ "sec-websocket-protocol": protocol ?? "" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return headers;
}

function isConnection(data: unknown): data is Connection {
  return typeof (data as Partial<Connection> | null | undefined)?.opened === "function";
}

/** Reads the address from Bun lazily. */
class BunRequestInfo implements RequestInfo {
  readonly #request: Request;
  readonly #server: BunServer;

  constructor(request: Request, server: BunServer) {
    this.#request = request;
    this.#server = server;
  }

  get remoteAddress(): string | undefined {
    return this.#server.requestIP(this.#request)?.address;
  }
}
