/** From the runtime's events to the user's handlers. Both runtimes end the process when a handler throws; here it ends a socket. */

import type { EventListener } from "../auth/events.ts";
import { MESSAGE_TOO_BIG, refusal } from "./close_codes.ts";
import type { AnonymousRule, SocketHandlers, SocketUser } from "./options.ts";
import type { DjangoSocket, SocketTransport } from "./socket.ts";

/** The default of the runtime with the smaller one (Bun); the other has none, and sums fragments without an end. */
const MAX_PAYLOAD_LENGTH = 16 * 1024 * 1024;
/** The most bytes of UTF-8 that a UTF-16 code unit becomes. */
const BYTES_PER_UNIT = 3;

/** What an adapter calls. */
export interface Dispatcher<Socket> {
  /** The connection is open. */
  opened(socket: Socket, transport: SocketTransport): void;
  /** A message has come. */
  received(socket: Socket, data: string | Uint8Array<ArrayBuffer>): void;
  /** The connection has ended, in whatever way. */
  closed(socket: Socket, code: number, reason: string): void;
}

/** Makes the dispatcher of a set of handlers. */
export function createDispatcher<Row extends object, Data, Anonymous extends AnonymousRule>(
  handlers: SocketHandlers<Row, Data, Anonymous>,
  emit: EventListener,
): Dispatcher<DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>> {
  type Socket = DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  const limit = handlers.maxPayloadLength ?? MAX_PAYLOAD_LENGTH;

  function fail(socket: Socket, where: "open" | "message" | "close", error: unknown): void {
    emit({ type: "error", where, error });
    const { code, reason } = refusal("server_error");
    socket.close(code, reason);
  }

  function run(socket: Socket, where: "open" | "message" | "close", work: () => void | Promise<void>): void {
    try {
      const result = work();
      // Whatever can be awaited: query builders hand out promises of their own kind.
      if (typeof result?.then === "function") {
        Promise.resolve(result).catch((error) => fail(socket, where, error));
      }
    } catch (error) {
      fail(socket, where, error);
    }
  }

  return {
    opened(socket, transport) {
      socket.attachTo(transport);
      if (handlers.open !== undefined) run(socket, "open", () => handlers.open!(socket));
    },
    received(socket, data) {
      // What was under way when the socket was closed is nobody's business any more.
      if (!socket.isOpen) return;
      if (isTooBig(data, limit)) return socket.close(MESSAGE_TOO_BIG, "message_too_big");
      if (handlers.message !== undefined) run(socket, "message", () => handlers.message!(socket, data));
    },
    closed(socket, code, reason) {
      if (handlers.close !== undefined) run(socket, "close", () => handlers.close!(socket, code, reason));
    },
  };
}

/** Whether a message has more bytes than allowed; text is only encoded where its length leaves that open. */
function isTooBig(data: string | Uint8Array, limit: number): boolean {
  if (typeof data !== "string") return data.byteLength > limit;
  if (data.length * BYTES_PER_UNIT <= limit) return false;
  return data.length > limit || new TextEncoder().encode(data).length > limit;
}
