/**
 * djauth on Bun: `Bun.serve(attach(auth, { fetch, websocket, … }))`. Translation and nothing else.
 *
 * @module
 */

import type { RequestContext, RequestInfo } from "../auth/context.ts";
import type { ErrorHandler } from "../auth/handle.ts";
import type { DjangoAuth } from "../django_auth.ts";
import type { AnonymousRule, SocketHandlers, SocketUser } from "../sockets/options.ts";
import { wantsSocket, wrongVersion } from "../sockets/request.ts";
import { DjangoSocket, type SocketTransport } from "../sockets/socket.ts";
import type { Refusal } from "../sockets/close_codes.ts";

/** The slice of Bun's server that is used. */
export interface BunServer {
  /** Turns a request into a WebSocket; `false` when the client has gone. */
  upgrade(request: Request, options: { headers: Headers; data: unknown }): boolean;
  /** The peer of a request. */
  requestIP(request: Request): { readonly address: string } | null;
}

/** The slice of Bun's `ServerWebSocket` that is used. */
export interface BunSocket extends SocketTransport {
  /** What was given to `upgrade`. */
  data: unknown;
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
  options: BunHandlers<Row, Data, Anonymous> & Rest,
): Omit<Rest, keyof BunHandlers<Row, Data, Anonymous>> & BunServeHandlers {
  const { fetch, websocket, error, ...rest } = options;
  const dispatcher = auth.dispatcher(websocket ?? {});
  const { path, rejectWith } = websocket ?? {};

  async function upgrade(request: Request, server: BunServer): Promise<Response | undefined> {
    const refused = wrongVersion(request);
    if (refused !== null) return refused;
    const decision = await auth.upgrade(request, websocket, new BunRequestInfo(request, server));
    if (!decision.accepted && rejectWith === "http") return decision.response();
    // Left out, Bun would select the first protocol that was offered, which may be a token.
    const headers = new Headers({ "sec-websocket-protocol": decision.protocol ?? "" });
    if (decision.accepted) { for (const cookie of decision.cookies) headers.append("set-cookie", cookie); }
    const data = decision.accepted ? decision.socket : decision;
    // `false`: the client left while the decision was made.
    return server.upgrade(request, { headers, data }) ? undefined : new Response(null, { status: 400 });
  }

  type Socket = DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  const ifAccepted = (socket: BunSocket, work: (socket: Socket) => void): void => {
    if (socket.data instanceof DjangoSocket) work(socket.data);
  };
  return {
    ...rest as Omit<Rest, keyof BunHandlers<Row, Data, Anonymous>>,
    fetch(request, server) {
      if (websocket !== undefined && wantsSocket(request, path)) return upgrade(request, server);
      return auth.handle(request, fetch, new BunRequestInfo(request, server), error);
    },
    websocket: {
      ...transportSettings(websocket ?? {}),
      open(socket) {
        if (socket.data instanceof DjangoSocket) dispatcher.opened(socket.data, socket);
        else socket.close((socket.data as Refusal).code, (socket.data as Refusal).reason);
      },
      message: (socket, message) => ifAccepted(socket, (accepted) => dispatcher.received(accepted, message)),
      close: (socket, code, reason) =>
        ifAccepted(socket, (accepted) => dispatcher.closed(accepted, code, reason)),
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

/** What is Bun's own among the options of sockets. */
function transportSettings<Row extends object, Data, Anonymous extends AnonymousRule>(
  options: SocketHandlers<Row, Data, Anonymous> & BunSocketSettings,
): BunSocketSettings {
  const { path: _path, anonymous: _anonymous, condition: _condition, protocols: _protocols, ...others } =
    options;
  const { data: _data, rejectWith: _rejectWith, ...settings } = others;
  return settings;
}
