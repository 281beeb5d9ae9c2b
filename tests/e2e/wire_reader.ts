/** Reads from a TCP connection: the head of a response, its body, WebSocket frames. */

import type { Socket } from "node:net";
import { concatBytes } from "../../src/internal/bytes.ts";

/** A WebSocket frame from a server, which does not mask it. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** Reads the bytes of a connection in the pieces that are requested. */
export class WireReader {
  #bytes: Uint8Array = new Uint8Array();
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    socket.on("data", (chunk: Uint8Array) => {
      this.#bytes = concatBytes(this.#bytes, chunk);
      this.#wake();
    });
    const end = () => {
      this.#hasEnded = true;
      this.#wake();
    };
    for (const event of ["end", "close", "error"]) socket.on(event, end);
  }

  /** The text up to the empty line. */
  async head(): Promise<string> {
    return (await this.#until("\r\n\r\n")) ?? "";
  }

  /** The body of a response with this head. */
  async body(headers: Headers, method: string = "GET"): Promise<string> {
    if (method === "HEAD") return "";
    if (headers.get("transfer-encoding") === "chunked") return await this.#chunks();
    const length = headers.get("content-length");
    if (length === null) await this.#more(() => this.#hasEnded);
    const bytes = await this.#take(length === null ? this.#bytes.length : Number(length));
    return new TextDecoder().decode(bytes ?? this.#bytes);
  }

  /** The next frame; `null` at the end. */
  async frame(): Promise<WireFrame | null> {
    const start = await this.#take(2);
    if (start === null) return null;
    const length = await this.#length(start[1]! & 0x7f);
    const payload = length === null ? null : await this.#take(length);
    return payload === null ? null : { opcode: start[0]! & 0x0f, payload };
  }

  async #length(code: number): Promise<number | null> {
    if (code < 126) return code;
    const bytes = await this.#take(code === 126 ? 2 : 8);
    return bytes === null ? null : bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  async #chunks(): Promise<string> {
    let text = "";
    for (;;) {
      const size = parseInt(await this.#until("\r\n") ?? "0", 16);
      const bytes = await this.#take(size + 2);
      if (size === 0 || bytes === null) return text;
      text += new TextDecoder().decode(bytes.slice(0, size));
    }
  }

  async #until(mark: string): Promise<string | null> {
    const text = () => new TextDecoder("latin1").decode(this.#bytes);
    await this.#more(() => text().includes(mark));
    const end = text().indexOf(mark);
    const bytes = end === -1 ? null : await this.#take(end + mark.length);
    return bytes === null ? null : new TextDecoder("latin1").decode(bytes.slice(0, end));
  }

  async #take(count: number): Promise<Uint8Array | null> {
    await this.#more(() => this.#bytes.length >= count);
    if (this.#bytes.length < count) return null;
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.slice(count);
    return taken;
  }

  async #more(isEnough: () => boolean): Promise<void> {
    while (!isEnough() && !this.#hasEnded) await new Promise<void>((resolve) => this.#wake = resolve);
  }
}
