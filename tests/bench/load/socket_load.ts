/** WebSocket upgrades, each with its own cookie and a limited number in flight; the sockets then stay open. */

import { sessionKeyOf } from "../site.ts";
import { connect, type Connection, headersOf, textOf } from "./connection.ts";

/** A run of upgrades. */
export interface SocketJob {
  readonly kind: "sockets";
  readonly port: number;
  /** The visitor of the first socket; the others have consecutive ids. */
  readonly first: number;
  readonly sockets: number;
  readonly inFlight: number;
  /** Whether {@link closeSockets} spares them: they stay open until their server stops. */
  readonly stay?: boolean;
}

/** The result of a run. */
export interface SocketResult {
  readonly perSecond: number;
}

const HANDSHAKE = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
].join("\r\n");

/** A message, and the frame that echoes it. */
const QUESTION = messageFrame("?");
const ECHO = "\x81\x01?";

/** The first byte of a close frame as a string: the "latin1" of browsers and Bun is in fact Windows-1252. */
const CLOSE_FRAME = textOf(new Uint8Array([0x88]));

/** The close frame (1001) of a page that is left, with the mask that clients must use. */
const GOING_AWAY = new Uint8Array([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]);

/** The time that a server has to answer the close frames. */
const CLOSING_MS = 5000;

const NOTHING = (): void => {};

let open: Connection<SocketClient>[] = [];

/** How the server closed a socket. */
export interface Closing {
  /** `performance.now()` when the frame was read. */
  readonly at: number;
  readonly code: number;
  readonly reason: string;
}

interface SocketClient {
  readonly id: number;
  readonly request: Uint8Array;
  received: string;
  /** Called when data arrived, or with the reason why no more will. */
  done: (trouble?: string) => void;
}

/** Opens the sockets; the run fails if one is refused or does not echo afterwards. */
export async function runSockets(job: SocketJob): Promise<SocketResult> {
  const { port, first, sockets, inFlight, stay = false } = job;
  const start = performance.now();
  let next = first;
  async function openSome(): Promise<void> {
    while (next < first + sockets) await openOne(port, next++);
  }
  await Promise.all(Array.from({ length: inFlight }, openSome));
  const perSecond = sockets / (performance.now() - start) * 1000;
  // Deno answers 101 before its socket is open; the echo proves that it is and that it was not closed at once.
  for (const connection of open) await answered(connection, QUESTION, ECHO);
  // Forgotten: closeSockets() does not find them.
  if (stay) open = [];
  return { perSecond };
}

/**
 * Ends all connections as a page that is left does, with a close frame: Deno keeps sockets whose client just vanished
 * until their idle timer is due, and collecting these again and again would be measured as well.
 */
export async function closeSockets(): Promise<Record<never, never>> {
  const closing = open;
  open = [];
  const late = new Promise((resolve) => setTimeout(resolve, CLOSING_MS));
  await Promise.race([Promise.all(closing.map(ended)), late]);
  for (const connection of closing) connection.terminate();
  return {};
}

/** Resolves when the server has answered the close frame, or the connection has ended otherwise. */
function ended(connection: Connection<SocketClient>): Promise<void> {
  const client = connection.data;
  client.received = "";
  return new Promise((resolve) => {
    client.done = (trouble) => {
      if (trouble === undefined && !client.received.startsWith(CLOSE_FRAME)) return;
      client.done = NOTHING;
      resolve();
    };
    if (connection.write(GOING_AWAY) <= 0) resolve();
  });
}

/** Sends a message over the socket of a visitor. */
export function sendMessage(id: number, text: string): void {
  connectionOf(id).write(messageFrame(text));
}

/** Resolves when the server closes the visitor's socket. */
export function closingOf(id: number): Promise<Closing> {
  const connection = connectionOf(id);
  const client = connection.data;
  return new Promise((resolve, reject) => {
    client.received = "";
    client.done = (trouble) => {
      const { received } = client;
      if (trouble !== undefined) return reject(new Error(trouble));
      if (!received.startsWith(CLOSE_FRAME) || received.length < 4) return;
      client.done = NOTHING;
      const code = received.charCodeAt(2) * 256 + received.charCodeAt(3);
      resolve({ at: performance.now(), code, reason: received.slice(4) });
    };
  });
}

function connectionOf(id: number): Connection<SocketClient> {
  return open.find(({ data }) => data.id === id)!;
}

/** A text frame with the mask that clients must use. */
function messageFrame(text: string): Uint8Array {
  return new Uint8Array([0x81, 0x80 + text.length, 0, 0, 0, 0, ...new TextEncoder().encode(text)]);
}

async function openOne(port: number, id: number): Promise<void> {
  const text = [
    "GET /live HTTP/1.1",
    headersOf(port, sessionKeyOf(id)),
    `Origin: http://127.0.0.1:${port}`,
    HANDSHAKE,
  ];
  const request = new TextEncoder().encode(`${text.join("\r\n")}\r\n\r\n`);
  const connection = await connect<SocketClient>(port, { id, request, received: "", done: NOTHING }, EVENTS);
  open.push(connection);
  await answered(connection, request, "\r\n\r\n");
}

const EVENTS = {
  data(connection: Connection<SocketClient>, bytes: Uint8Array): void {
    connection.data.received += textOf(bytes);
    connection.data.done();
  },
  close: (connection: Connection<SocketClient>) => connection.data.done("A socket was closed"),
  error: (connection: Connection<SocketClient>, error: Error) => connection.data.done(String(error)),
};

/** Sends bytes and waits for data that ends with `ending`. */
function answered(connection: Connection<SocketClient>, bytes: Uint8Array, ending: string): Promise<void> {
  const client = connection.data;
  client.received = "";
  return new Promise((resolve, reject) => {
    client.done = (trouble) => {
      const { received } = client;
      const isRefused = received.startsWith("HTTP") && !received.startsWith("HTTP/1.1 101");
      if (trouble !== undefined || isRefused) {
        return reject(new Error(trouble ?? `Unexpected answer: ${received}`));
      }
      if (received.endsWith(ending)) resolve();
    };
    connection.write(bytes);
  });
}
