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

/** What Bun says of a message that is longer than `maxPayloadLength`. */
const TOO_BIG = "Received too big message";

/** The slice of Bun's server that is used. */
export interface BunServer {
  /** Turns a request into a WebSocket; `false` when the client has gone. */
  upgrade(request: Request, options: { headers?: Headers; data: Connection }): boolean;
  /** The peer of a request. */
  requestIP(request: Request): { readonly address: string } | null;
}

/** What {@link attach} takes beside the options of `Bun.serve`. */
export interface BunHandlers<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** Answers requests. */
  fetch: (request: Request, context: RequestContext<Row>) => Response | Promise<Response>;
  /** What happens on sockets. */
  websocket?:
    & SocketHandlers<Row, Data, Anonymous>
    & BunSocketEvents<Row, Data, Anonymous>
    & BunSocketSettings;
  /** Makes the response when `fetch`, or a handler in Bun's `routes`, throws something of its own. */
  error?: ErrorHandler;
}

/** What {@link attach} puts in the place of the handlers. */
export interface BunServeHandlers {
  /** For `Bun.serve`. */
  fetch: (request: Request, server: BunServer) => Promise<Response | undefined>;
  /** For `Bun.serve`, where it is given. */
  error?: ErrorHandler;
  /** For `Bun.serve`. */
  websocket: BunSocketPassed & {
    open(socket: BunSocket): void;
    message(socket: BunSocket, message: string | Uint8Array<ArrayBuffer>): void;
    close(socket: BunSocket, code: number, reason: string): void;
  };
}

/**
 * The options of `Bun.serve` with djauth in front of the handlers. Every other option is passed on as it is.
 *
 * @throws {TypeError} where `auth` is not what `djangoAuth()` makes
 * @throws {ImproperlyConfigured} `improperly_configured` without `fetch`, and for an option of `websocket` that cannot be
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
  requireAttach(auth, options);
  const { fetch, websocket, error, ...rest } = options;
  const hasSockets = websocket !== undefined;
  const connector = auth.connector(websocket ?? { path: [], claimPath: null }, BUN_SOCKET_OPTIONS);

  async function upgrade(request: Request, server: BunServer): Promise<Response | undefined> {
    const pending = await connector.connect(request, new BunRequestInfo(request, server));
    if (pending instanceof Response) return pending;
    const headers = headersOf(request, pending);
    const { connection: data } = pending;
    // `false`: the client left while the decision was made.
    const isUpgraded = server.upgrade(request, headers === undefined ? { data } : { headers, data });
    if (isUpgraded) return undefined;
    data.closed(ABNORMAL_CLOSURE, "");
    return new Response(null, { status: 400 });
  }

  return {
    ...rest as unknown as Omit<Rest, keyof BunHandlers<Row, Data, Anonymous>>,
    ...error === undefined ? {} : { error },
    fetch(request, server) {
      if (hasSockets && connector.wants(request)) return upgrade(request, server);
      const handler = connector.handlerFor(request) ?? fetch;
      return auth.handle(request, handler, new BunRequestInfo(request, server), error);
    },
    websocket: {
      ...passedToBun(websocket ?? {}),
      open(socket) {
        // Bun hands over the sockets that a handler in `routes` upgraded as well, with whatever data that one gave.
        if (!isConnection(socket.data)) socket.data = connector.foreign;
        socket.data.opened(socket);
      },
      message: (socket, message) => socket.data.received(message),
      close(socket, code, reason) {
        // Bun has told the client 1009, and tells the server that the connection broke.
        const isTooBig = code === ABNORMAL_CLOSURE && reason === TOO_BIG;
        const end = isTooBig ? refusal("message_too_big") : { code, reason };
        socket.data.closed(end.code, end.reason);
      },
    },
  };
}

/** What the 101 says beside what Bun says; mostly nothing. */
function headersOf(request: Request, { protocol, cookies }: PendingConnection): Headers | undefined {
  const isOffered = request.headers.has("sec-websocket-protocol");
  if (!isOffered && cookies.length === 0) return undefined;
  // Left out, Bun would select the first protocol that was offered, which may be a token.
  const headers = new Headers({ "sec-websocket-protocol": protocol ?? "" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return headers;
}

function isConnection(data: unknown): data is Connection {
  return typeof (data as Partial<Connection> | null | undefined)?.opened === "function";
}

/** Asks Bun for the address only when it is read. */
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
