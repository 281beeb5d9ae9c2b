/**
 * TCP sockets for postgres.js that can be destroyed from outside. Its own ones end in good order only: before a server
 * that stands still, such an end is never answered, and the process would stay alive for it.
 */

import { builtinModule } from "../../internal/builtin.ts";

/** What postgres.js knows of where to connect to when it asks for a socket. */
export interface SocketAddress {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket. */
  readonly path?: string | false;
}

/** The slice of `net.Socket` in use; `host` is what postgres.js checks the certificate of a server by. */
interface NodeSocket {
  host?: string;
  port?: number;
  on(event: "error", listener: (error: unknown) => void): unknown;
  destroy(): unknown;
}

interface NodeNet {
  connect(path: string): NodeSocket;
  connect(port: number, host: string): NodeSocket;
}

/** The sockets of one client. */
export interface TcpSockets {
  /** For the option `socket` of postgres.js; `undefined` where the runtime has no `node:net`, and postgres.js its own. */
  readonly open: ((address: SocketAddress) => unknown) | undefined;
  /** Destroys those there are, and makes no more. */
  destroy(): void;
}

/**
 * @param given the option `socket` of an instance of the application, as for a connector of a cloud
 * @param onError gets what the system says of a socket, before postgres.js does
 */
export function createTcpSockets(given: unknown, onError: (error: unknown) => void): TcpSockets {
  const net = builtinModule("node:net") as NodeNet | undefined;
  const sockets: NodeSocket[] = [];
  let isDestroyed = false;
  let count = 0;

  function keep(socket: NodeSocket): NodeSocket {
    sockets.push(socket);
    socket.on("error", onError);
    if (isDestroyed) socket.destroy();
    return socket;
  }

  /** Without waiting for the connection, as postgres.js does it: what is written meanwhile is sent afterwards. */
  function connect({ host, port, path }: SocketAddress): NodeSocket {
    if (path) return net!.connect(path);
    // Of several hosts, each attempt takes the next.
    const index = count++ % port.length;
    const socket = net!.connect(port[index]!, host[index]!);
    return Object.assign(socket, { host: host[index]!, port: port[index]! });
  }

  const open = typeof given === "function"
    ? async (address: SocketAddress): Promise<NodeSocket> => keep(await given(address))
    : net === undefined
    ? undefined
    : (address: SocketAddress): NodeSocket => {
      if (isDestroyed) throw new Error("The connection was given up");
      return keep(connect(address));
    };
  return {
    open,
    destroy() {
      isDestroyed = true;
      for (const socket of sockets.splice(0)) socket.destroy();
    },
  };
}
