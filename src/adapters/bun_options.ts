/** Bun's own socket options, and the part of them that is passed to `Bun.serve`. */

import { namesOf } from "../internal/names_of.ts";
import { requireType } from "../internal/option_checks.ts";
import type { Connection } from "../sockets/connection/connection.ts";
import type { AnonymousRule, SocketUser } from "../sockets/socket/options.ts";
import type { DjangoSocket, SocketTransport } from "../sockets/socket/socket.ts";

/** Bun's compression: one window shared by all sockets, a dedicated one for each, or one of the given size. */
export type BunCompressor = "disable" | "shared" | "dedicated" | `${3 | 4 | 8 | 16 | 32 | 64 | 128 | 256}KB`;

/** Bun's own socket settings, which are passed on unchanged. */
export interface BunSocketSettings {
  /** Bytes that may be buffered for sending. */
  backpressureLimit?: number;
  /** Whether a socket beyond that limit is closed. */
  closeOnBackpressureLimit?: boolean;
  /** Whether Bun sends pings by itself; `true` by default. */
  sendPings?: boolean;
  /** Compression; none by default. */
  perMessageDeflate?: boolean | { compress?: BunCompressor | boolean; decompress?: BunCompressor | boolean };
  /** Whether a socket receives its own publications. */
  publishToSelf?: boolean;
}

/** Bun's own socket events. A handler that throws closes its socket with 1011, like every other handler. */
export interface BunSocketEvents<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** Buffered data was sent; `socket.raw` knows how much is still buffered. */
  drain?: (socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>) => void | Promise<void>;
  /** A ping was received, which Bun has already answered. */
  ping?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    data: Uint8Array<ArrayBuffer>,
  ) => void | Promise<void>;
  /** A pong was received. */
  pong?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    data: Uint8Array<ArrayBuffer>,
  ) => void | Promise<void>;
}

/** The slice of Bun's `ServerWebSocket` in use. */
export interface BunSocket extends SocketTransport {
  /** The data passed to `upgrade`. */
  data: Connection;
}

/** The part of Bun's `websocket` other than `open`, `message` and `close`. */
export interface BunSocketPassed extends BunSocketSettings {
  /** The maximum message size in bytes; Bun ends the connection beyond it. */
  maxPayloadLength?: number;
  /** Seconds without data from the client after which Bun closes the socket. */
  idleTimeout?: number;
  /** Set if there is a handler. */
  drain?: (socket: BunSocket) => void;
  /** Set if there is a handler. */
  ping?: (socket: BunSocket, data: Uint8Array) => void;
  /** Set if there is a handler. */
  pong?: (socket: BunSocket, data: Uint8Array) => void;
}

const SETTINGS = namesOf<BunSocketSettings>({
  backpressureLimit: true,
  closeOnBackpressureLimit: true,
  sendPings: true,
  perMessageDeflate: true,
  publishToSelf: true,
});

const EVENTS = ["drain", "ping", "pong"] as const;

/** The names of Bun's own socket options. */
export const BUN_SOCKET_OPTIONS: readonly string[] = [...SETTINGS, ...EVENTS];

/**
 * Returns what is passed to `Bun.serve`. Events are only set if they have a handler, since Bun calls any that is set.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a handler that is not a function
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

/** Returns the given options among these names. */
function pick(options: object, names: readonly string[]): BunSocketPassed {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
