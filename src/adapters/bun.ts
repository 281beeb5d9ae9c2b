/**
 * djauth on Bun: `Bun.serve(attach(auth, { fetch, websocket, … }))`. Translation and nothing else.
 *
 * @module
 */

import { requireAttach } from "./check_attach.ts";
import type { RequestContext, RequestInfo } from "../auth/request/context.ts";
import type { ErrorHandler } from "../auth/request/handle.ts";
import type { DjangoAuth } from "../django_auth.ts";
import { ABNORMAL_CLOSURE } from "../sockets/protocol/close_codes.ts";
import type { Connection } from "../sockets/upgrade/connection.ts";
import type { Connector } from "../sockets/upgrade/connector.ts";
import type { AnonymousRule, Others, SocketHandlers } from "../sockets/socket/options.ts";
import type { SocketTransport } from "../sockets/socket/socket.ts";

/** The slice of Bun's server that is used. */
export interface BunServer {
  /** Turns a request into a WebSocket; `false` when the client has gone. */
  upgrade(request: Request, options: { headers: Headers; data: Connection }): boolean;
  /** The peer of a request. */
  requestIP(request: Request): { readonly address: string } | null;
}

/** The slice of Bun's `ServerWebSocket` that is used. */
export interface BunSocket extends SocketTransport {
  /** What was given to `upgrade`. */
  data: Connection;
}

/** Bun's own settings of sockets, which are passed on. */
export interface BunSocketSettings {
  /** Bytes that may wait to be sent. */
  backpressureLimit?: number;
  /** Whether a socket over that limit is closed. */
  closeOnBackpressureLimit?: boolean;
  /** Whether Bun pings by itself; `true` if not given. */
  sendPings?: boolean;
  /** Compression. */
  perMessageDeflate?: boolean;
  /** Whether a socket gets what it publishes. */
  publishToSelf?: boolean;
}

const RUNTIME_OPTIONS: readonly (keyof BunSocketSettings)[] = [
  ...[
    "backpressureLimit",
    "closeOnBackpressureLimit",
    "sendPings",
    "perMessageDeflate",
    "publishToSelf",
  ] as const,
];

/** What {@link attach} takes beside the options of `Bun.serve`. */
export interface BunHandlers<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** Answers requests. */
  fetch: (request: Request, context: RequestContext<Row>) => Response | Promise<Response>;
  /** What happens on sockets. */
  websocket?: SocketHandlers<Row, Data, Anonymous> & BunSocketSettings;
  /** Makes the response when your handler throws something of its own. */
  error?: ErrorHandler;
}

/** What {@link attach} puts in the place of the handlers. */
export interface BunServeHandlers {
  /** For `Bun.serve`. */
  fetch: (request: Request, server: BunServer) => Promise<Response | undefined>;
  /** For `Bun.serve`. */
  websocket: BunSocketSettings & {
    maxPayloadLength?: number;
    idleTimeout?: number;
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
 * @example
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
  options: BunHandlers<Row, Data, Anonymous> & Others<Rest, keyof BunHandlers<Row, Data, Anonymous>>,
): Omit<Rest, keyof BunHandlers<Row, Data, Anonymous>> & BunServeHandlers {
  requireAttach(auth, options);
  const { fetch, websocket, error, ...rest } = options;
  const connector = websocket === undefined ? null : auth.connector(websocket, RUNTIME_OPTIONS);

  async function upgrade(
    request: Request,
    server: BunServer,
    { connect }: Connector<Row>,
  ): Promise<Response | undefined> {
    const pending = await connect(request, new BunRequestInfo(request, server));
    if (pending instanceof Response) return pending;
    // Left out, Bun would select the first protocol that was offered, which may be a token.
    const headers = new Headers({ "sec-websocket-protocol": pending.protocol ?? "" });
    for (const cookie of pending.cookies) headers.append("set-cookie", cookie);
    // `false`: the client left while the decision was made.
    const isUpgraded = server.upgrade(request, { headers, data: pending.connection });
    if (isUpgraded) return undefined;
    pending.connection.closed(ABNORMAL_CLOSURE, "");
    return new Response(null, { status: 400 });
  }

  return {
    ...rest as unknown as Omit<Rest, keyof BunHandlers<Row, Data, Anonymous>>,
    fetch(request, server) {
      if (connector?.wants(request)) return upgrade(request, server, connector);
      const handler = connector?.handlerFor(request) ?? fetch;
      return auth.handle(request, handler, new BunRequestInfo(request, server), error);
    },
    websocket: {
      ...pick(websocket ?? {}, [...RUNTIME_OPTIONS, "maxPayloadLength", "idleTimeout"]),
      open: (socket) => socket.data.opened(socket),
      message: (socket, message) => socket.data.received(message),
      close: (socket, code, reason) => socket.data.closed(code, reason),
    },
  };
}

/** Asks Bun for the address only when somebody wants it. */
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

/** The options of these names that are given. */
function pick(options: object, names: readonly string[]): BunSocketSettings {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
