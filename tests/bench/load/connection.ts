/** Bun's TCP client: the fastest one available, so that the server and not the generator is the bottleneck. */

/** The part of Bun's socket API that is used. */
export interface Connection<Data> {
  data: Data;
  write(data: Uint8Array): number;
  terminate(): void;
}

/** Connection callbacks. */
export interface ConnectionEvents<Data> {
  open?(connection: Connection<Data>): void;
  data(connection: Connection<Data>, bytes: Uint8Array): void;
  close(connection: Connection<Data>): void;
  error(connection: Connection<Data>, error: Error): void;
}

interface BunSlice {
  connect<Data>(options: {
    hostname: string;
    port: number;
    data: Data;
    socket: ConnectionEvents<Data>;
  }): Promise<Connection<Data>>;
}

/** Connects to a port on localhost. */
export function connect<Data>(
  port: number,
  data: Data,
  socket: ConnectionEvents<Data>,
): Promise<Connection<Data>> {
  const { Bun } = globalThis as unknown as { Bun: BunSlice };
  return Bun.connect({ hostname: "127.0.0.1", port, data, socket });
}

/** The headers that a browser sends, with the session cookie after two others. */
export function headersOf(port: number, sessionKey: string): string {
  return [
    `Host: 127.0.0.1:${port}`,
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) bench",
    "Accept: application/json",
    `Cookie: theme=dark; csrftoken=Zk3sJvq0P1xY8bTnR5wLh2uDg7cAe4Mo; sessionid=${sessionKey}`,
  ].join("\r\n");
}

const decoder = new TextDecoder("latin1");

/** Decodes bytes as text; all responses are ASCII. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
