/** Deno's side of a socket: the upgrade, its events, and how it is closed. */

import { ABNORMAL_CLOSURE } from "../sockets/protocol/close_codes.ts";
import type { Connection } from "../sockets/connection/connection.ts";
import type { PendingConnection } from "../sockets/connection/connector.ts";

/** The slice of Deno in use. */
interface DenoSlice {
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout?: number },
  ): { socket: WebSocket; response: Response };
}

// The types of the browser, against which this is checked as well, do not have it.
const { setImmediate } = globalThis as unknown as { setImmediate(work: () => void): void };

/**
 * Upgrades a request and connects its socket; returns the response, or `null` for a request without the key or the
 * headers that RFC 6455 asks for. Nothing throws once the request is upgraded: if the response does not come back, Deno
 * stops listening.
 */
export function upgradeOrNull(
  request: Request,
  { connection, protocol, cookies }: PendingConnection,
  idleTimeout: number,
): Response | null {
  const upgraded = tryUpgradeWebSocket(request, idleTimeout);
  if (upgraded === null) return null;
  const { socket, response } = upgraded;
  // Set here, since Deno's own option does not understand offers without a space after the comma.
  if (protocol !== null) response.headers.set("sec-websocket-protocol", protocol);
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  socket.close = closeNextTurn;
  const listener = new SocketListener(connection, socket);
  socket.addEventListener("open", listener);
  socket.addEventListener("message", listener);
  socket.addEventListener("close", listener);
  return response;
}

/**
 * Upgrades; returns `null` where Deno refuses. Without `--unstable-no-legacy-abort`, Deno aborts the signal of an
 * upgraded request with an exception whose stack nobody reads: collecting it takes a twentieth of the upgrade. With a
 * limit of 0, V8 still collects it and only hides it.
 */
function tryUpgradeWebSocket(
  request: Request,
  idleTimeout: number,
): ReturnType<DenoSlice["upgradeWebSocket"]> | null {
  const { Deno: runtime } = globalThis as unknown as { Deno: DenoSlice };
  const errors = Error as { stackTraceLimit?: number | undefined };
  const { stackTraceLimit } = errors;
  errors.stackTraceLimit = undefined;
  try {
    return runtime.upgradeWebSocket(request, { idleTimeout });
  } catch {
    return null;
  } finally {
    errors.stackTraceLimit = stackTraceLimit;
  }
}

/** Milliseconds within which the rest of a burst of messages arrives. */
const BURST_MS = 5;

/** Whether the message of some socket is being handled right now. */
let isReceiving = false;

/**
 * Replaces `close` of each socket. Deno drops the connection if a message arrives before it has written the close
 * frame, which its own `close` does later if it is called from a timer or a message handler: a client that is sending
 * would see 1006 instead of the code that tells whether it may come back. From a later turn, the frame is written
 * immediately.
 */
function closeNextTurn(this: WebSocket, code?: number, reason?: string): void {
  const end = (): void => setImmediate(() => closeNow(this, code, reason));
  // A client that has just sent a message is often sending more.
  if (isReceiving) setTimeout(end, BURST_MS);
  else end();
}

function closeNow(socket: WebSocket, code?: number, reason?: string): void {
  const { close } = WebSocket.prototype;
  try {
    close.call(socket, code, reason);
  } catch {
    // A reason that cannot be sent, by way of `socket.raw`: thrown here, it would end the process.
    close.call(socket);
  }
}

/** Passes a socket's events to its connection: one object instead of three closures for each socket. */
class SocketListener implements EventListenerObject {
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
        isReceiving = true;
        connection?.received(typeof data === "string" ? data : new Uint8Array(data));
        isReceiving = false;
        return;
      }
      case "close": {
        const { code, reason } = event as CloseEvent;
        // Deno keeps a socket that just ended until its idle timer is due: nothing of ours, such as the user, may stay
        // with it.
        this.#connection = null;
        // Deno reports 0 when the connection just ended.
        return connection?.closed(code || ABNORMAL_CLOSURE, reason);
      }
    }
  }
}
