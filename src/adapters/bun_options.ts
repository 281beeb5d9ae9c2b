/** Bun's own options of sockets: which there are, and what of them goes to `Bun.serve`. */

import { requireType } from "../internal/option_checks.ts";
import type { Connection } from "../sockets/connection/connection.ts";
import type { AnonymousRule, SocketUser } from "../sockets/socket/options.ts";
import type { DjangoSocket, SocketTransport } from "../sockets/socket/socket.ts";

/** How Bun compresses: all sockets with one window, each with its own, or with one of that size. */
export type BunCompressor = "disable" | "shared" | "dedicated" | `${3 | 4 | 8 | 16 | 32 | 64 | 128 | 256}KB`;

/** Bun's own settings of sockets, which are passed on as they are. */
export interface BunSocketSettings {
  /** Bytes that may wait to be sent. */
  backpressureLimit?: number;
  /** Whether a socket over that limit is closed. */
  closeOnBackpressureLimit?: boolean;
  /** Whether Bun pings by itself; `true` if not given. */
  sendPings?: boolean;
  /** Compression; none if not given. */
  perMessageDeflate?: boolean | { compress?: BunCompressor | boolean; decompress?: BunCompressor | boolean };
  /** Whether a socket gets what it publishes. */
  publishToSelf?: boolean;
}

/** Bun's own events of sockets. A handler that throws closes its socket with 1011, as every handler. */
export interface BunSocketEvents<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** What waited to be sent has left; how much waits, `socket.raw` knows. */
  drain?: (socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>) => void | Promise<void>;
  /** A ping came, which Bun has answered. */
  ping?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    data: Uint8Array<ArrayBuffer>,
  ) => void | Promise<void>;
  /** A pong came. */
  pong?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    data: Uint8Array<ArrayBuffer>,
  ) => void | Promise<void>;
}

/** The slice of Bun's `ServerWebSocket` that is used. */
export interface BunSocket extends SocketTransport {
  /** What was given to `upgrade`. */
  data: Connection;
}

/** The part of `websocket` that stands beside Bun's handlers `open`, `message` and `close`. */
export interface BunSocketPassed extends BunSocketSettings {
  /** Bytes that a message may have, beyond which Bun ends the connection itself. */
  maxPayloadLength?: number;
  /** Seconds without a word from the client, after which Bun closes the socket. */
  idleTimeout?: number;
  /** Where there is a handler of it. */
  drain?: (socket: BunSocket) => void;
  /** Where there is a handler of it. */
  ping?: (socket: BunSocket, data: Uint8Array) => void;
  /** Where there is a handler of it. */
  pong?: (socket: BunSocket, data: Uint8Array) => void;
}

const SETTINGS = [
  "backpressureLimit",
  "closeOnBackpressureLimit",
  "sendPings",
  "perMessageDeflate",
  "publishToSelf",
] as const satisfies readonly (keyof BunSocketSettings)[];

const EVENTS = ["drain", "ping", "pong"] as const;

/** The names of all of them. */
export const BUN_SOCKET_OPTIONS: readonly string[] = [...SETTINGS, ...EVENTS];

/**
 * What goes to `Bun.serve`. Events are only there where they have a handler: Bun calls what is there.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a handler that is no function
 */
export function passedToBun<Row extends object, Data, Anonymous extends AnonymousRule>(
  websocket: BunSocketEvents<Row, Data, Anonymous>,
): BunSocketPassed {
  const passed: BunSocketPassed = pick(websocket, [...SETTINGS, "maxPayloadLength", "idleTimeout"]);
  for (const event of EVENTS) {
    const handler = websocket[event];
    requireType(`websocket.${event}`, handler, "function");
    if (handler !== undefined) {
      passed[event] = ({ data }: BunSocket, bytes?: Uint8Array) => data.happened(event, handler, bytes);
    }
  }
  return passed;
}

/** The options of these names that are given. */
function pick(options: object, names: readonly string[]): BunSocketPassed {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
