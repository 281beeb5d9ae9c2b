/**
 * HTTP and WebSockets written byte for byte over TCP: one client for both runtimes, which sends headers that their own
 * clients would refuse or change. It is independent of djauth's rules.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { concatBytes } from "../../src/internal/bytes.ts";
import { WireReader } from "./wire_reader.ts";

/** Names and values, in order; a name may come twice. Values are sent as the bytes of their latin-1 form. */
export type WireHeaders = readonly (readonly [name: string, value: string])[];

/** A response as it came. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The values of the Set-Cookie headers. */
  readonly setCookies: string[];
  readonly body: string;
}

/** A request to be sent. */
export interface WireRequest {
  readonly method?: string;
  readonly path?: string;
  /** A Host header with the address is added unless there is one. */
  readonly headers?: WireHeaders;
  readonly body?: string;
  /** A body sent in chunks, without a Content-Length. */
  readonly chunks?: string;
}

/** How a client behaves. */
export interface WireClient {
  /** The certificate that it trusts; if given, it uses TLS. */
  readonly ca?: string;
  /**
   * Milliseconds of silence after which it disconnects, so that a silent server fails the test instead of hanging it.
   */
  readonly patience?: number;
  /** Whether it answers pings; `false` if not given. */
  readonly answersPings?: boolean;
}

/** How a WebSocket ended. */
export interface WireEnd {
  readonly code: number;
  readonly reason: string;
}

/** Milliseconds. */
const PATIENCE = 4000;
const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const NO_STATUS = 1005;
const ABNORMAL = 1006;

/** Sends one request over a connection of its own. */
export async function send(
  host: string,
  request: WireRequest = {},
  client: WireClient = {},
): Promise<WireResponse> {
  const { socket, reader } = await dial(host, client);
  socket.write(bytesOf(host, { ...request, headers: [...request.headers ?? [], ["connection", "close"]] }));
  const response = await readHead(reader);
  const body = await reader.body(response.headers, request.method);
  socket.destroy();
  return { ...response, body };
}

/** Opens a WebSocket, or gets the response that refuses it. */
export async function upgrade(
  host: string,
  request: WireRequest = {},
  client: WireClient = {},
): Promise<WireSocket> {
  const { socket, reader } = await dial(host, client);
  socket.write(bytesOf(host, { ...request, headers: handshake(request.headers ?? []) }));
  const response = await readHead(reader);
  const body = response.status === 101 ? "" : await reader.body(response.headers, "GET");
  if (response.status !== 101) socket.destroy();
  return new WireSocket(socket, reader, { ...response, body }, client.answersPings === true);
}

/** Sends a handshake and leaves before it is answered. */
export async function upgradeAndLeave(
  host: string,
  headers: WireHeaders,
  leave: (socket: Socket) => void,
  path: string = "/",
): Promise<void> {
  const { socket } = await dial(host, {});
  socket.write(bytesOf(host, { path, headers: handshake(headers) }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  leave(socket);
}

/** A WebSocket as the client sees it. */
export class WireSocket {
  readonly response: WireResponse;
  /** How it ended; 1006 without a close frame. */
  readonly ended: Promise<WireEnd>;
  readonly #socket: Socket;
  readonly #answersPings: boolean;
  readonly #messages: string[] = [];
  #waiting: ((message: string) => void)[] = [];

  constructor(socket: Socket, reader: WireReader, response: WireResponse, answersPings: boolean) {
    this.#socket = socket;
    this.#answersPings = answersPings;
    this.response = response;
    this.ended = this.#run(reader);
  }

  get status(): number {
    return this.response.status;
  }

  /** The selected subprotocol; `null` when there is no such header. */
  get protocol(): string | null {
    return this.response.headers.get("sec-websocket-protocol");
  }

  /** The next text message; an error when the socket ends before. */
  async receive(): Promise<string> {
    if (this.#messages.length > 0) return this.#messages.shift()!;
    const message = new Promise<string>((resolve) => this.#waiting.push(resolve));
    const first = await Promise.race([message, this.ended]);
    if (typeof first === "string") return first;
    throw new Error(`the socket ended with ${first.code} ${first.reason}`);
  }

  /** Sends text in one frame, or in many fragments. */
  send(...fragments: string[]): void {
    fragments.forEach((fragment, index) => {
      const isLast = index === fragments.length - 1;
      this.frame(index === 0 ? TEXT : CONTINUATION, new TextEncoder().encode(fragment), isLast);
    });
  }

  /** Sends a frame, masked with zeros. */
  frame(opcode: number, payload: Uint8Array, isFinal: boolean = true): void {
    const { length } = payload;
    const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const bytes = new Uint8Array(2 + size + 4 + length);
    const view = new DataView(bytes.buffer);
    bytes[0] = (isFinal ? 0x80 : 0) | opcode;
    bytes[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127);
    if (size === 2) view.setUint16(2, length);
    if (size === 8) view.setBigUint64(2, BigInt(length));
    bytes.set(payload, 2 + size + 4);
    this.#socket.write(bytes);
  }

  /** Closes with a close frame. */
  async close(code: number = 1000, reason: string = ""): Promise<WireEnd> {
    this.frame(CLOSE, new Uint8Array([code >> 8, code & 0xff, ...new TextEncoder().encode(reason)]));
    return await this.ended;
  }

  /** Ends the connection without a close frame. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #run(reader: WireReader): Promise<WireEnd> {
    if (this.status !== 101) return { code: ABNORMAL, reason: "" };
    for (let frame = await reader.frame(); frame !== null; frame = await reader.frame()) {
      if (frame.opcode === TEXT) this.#deliver(new TextDecoder().decode(frame.payload));
      if (frame.opcode === PING && this.#answersPings) this.frame(PONG, frame.payload);
      if (frame.opcode !== CLOSE) continue;
      // Answered as RFC 6455 requires, so that the server's side closes cleanly as well.
      this.frame(CLOSE, frame.payload.slice(0, 2));
      this.#socket.end();
      const [high, low] = frame.payload;
      if (high === undefined || low === undefined) return { code: NO_STATUS, reason: "" };
      return { code: high << 8 | low, reason: new TextDecoder().decode(frame.payload.slice(2)) };
    }
    return { code: ABNORMAL, reason: "" };
  }

  #deliver(message: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting(message);
  }
}

async function dial(
  host: string,
  { ca, patience = PATIENCE }: WireClient,
): Promise<{ socket: Socket; reader: WireReader }> {
  const { hostname, port } = new URL(`http://${host}`);
  const address = { host: hostname, port: Number(port) };
  const socket = ca === undefined ? connect(address) : connectSecurely({ ...address, ca });
  // Frames are sent at once, as by a browser.
  socket.setNoDelay(true);
  socket.setTimeout(patience, () => socket.destroy());
  const reader = new WireReader(socket);
  await once(socket, ca === undefined ? "connect" : "secureConnect");
  return { socket, reader };
}

/** The headers of a handshake; the given ones replace the defaults. */
function handshake(given: WireHeaders): WireHeaders {
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const own: WireHeaders = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["Sec-WebSocket-Version", "13"],
  ];
  return [...own.filter(([name]) => !names.has(name.toLowerCase())), ...given];
}

/** A request as bytes. */
function bytesOf(
  host: string,
  { method = "GET", path = "/", headers = [], body, chunks }: WireRequest,
): Uint8Array {
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  const lines = [...(hasHost ? [] : [["Host", host]]), ...headers];
  if (body !== undefined) lines.push(["content-length", String(new TextEncoder().encode(body).length)]);
  const text = `${method} ${path} HTTP/1.1\r\n${
    lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n`;
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return concatBytes(bytes, new TextEncoder().encode(body ?? chunked(chunks)));
}

/** Transfer coding of RFC 9112 section 7.1. */
function chunked(text: string | undefined): string {
  if (text === undefined) return "";
  const chunks = text.match(/[^]{1,50000}/g) ?? [];
  return chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("") + "0\r\n\r\n";
}

async function readHead(reader: WireReader): Promise<Omit<WireResponse, "body">> {
  const [first = "", ...lines] = (await reader.head()).split("\r\n");
  const headers = new Headers();
  const setCookies: string[] = [];
  for (const line of lines.filter((line) => line !== "")) {
    const name = line.slice(0, line.indexOf(":"));
    const value = line.slice(line.indexOf(":") + 1).trim();
    headers.append(name, value);
    if (name.toLowerCase() === "set-cookie") setCookies.push(value);
  }
  return { status: Number(first.split(" ")[1]), headers, setCookies };
}
