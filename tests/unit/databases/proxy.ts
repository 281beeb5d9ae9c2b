/**
 * A TCP proxy in front of the database that can be down, silent or hang up: faults that a server cannot be asked for.
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** What the proxy does with data: forwards it, accepts it without a response, or hangs up at once. */
export type ProxyMode = "open" | "silent" | "hangup";

/** A proxy on a port of its own. */
export class Proxy {
  mode: ProxyMode = "open";
  /** The number of accepted connections. */
  accepted = 0;
  readonly #target: URL;
  #server: Server | null = null;
  #port = 0;
  #pairs: Set<[client: Socket, server: Socket]> = new Set();

  constructor(target: string) {
    this.#target = new URL(target);
  }

  /** The database's URL through the proxy. */
  get url(): string {
    return Object.assign(new URL(this.#target), { host: `127.0.0.1:${this.#port}` }).href;
  }

  /** Starts listening, on the same port as before. */
  async listen(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Refuses new connections and ends the existing ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = server === null ? null : once(server, "close");
    server?.close();
    this.cut();
    await closed;
  }

  /** Ends all connections; with `isReset` as after a crash of the machine. */
  cut(isReset = false): void {
    for (const [client, server] of this.#pairs) {
      if (isReset) client.resetAndDestroy();
      else client.destroy();
      server.destroy();
    }
    this.#pairs.clear();
  }

  /** Forwards data again, including what was held back. */
  open(): void {
    this.mode = "open";
    for (const [client, server] of this.#pairs) {
      client.resume();
      server.resume();
    }
  }

  #accept(client: Socket): void {
    this.accepted++;
    client.on("error", () => {});
    if (this.mode === "hangup") return void client.destroy();
    const server = connect(Number(this.#target.port || 5432), this.#target.hostname);
    server.on("error", () => {});
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      from.on("data", (bytes) => {
        to.write(bytes);
        if (this.mode === "silent") from.pause();
      });
      from.on("close", () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    }
  }

  /** Stops forwarding: data in transit is held back. */
  silence(): void {
    this.mode = "silent";
    for (const [client, server] of this.#pairs) {
      client.pause();
      server.pause();
    }
  }
}
