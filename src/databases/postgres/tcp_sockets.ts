/**
 * TCP sockets for postgres.js that can be destroyed from outside. Its own sockets only close gracefully: a hanging
 * server never acknowledges that, and the socket would keep the process alive.
 */

import { builtinModule } from "../../internal/builtin.ts";

/** The part of its options with which postgres.js requests a socket. */
export interface SocketAddress {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** The path of a Unix socket. */
  readonly path?: string | false;
}

/** The slice of `net.Socket` in use; postgres.js verifies the server's certificate against `host`. */
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
  /** For the option `socket` of postgres.js; `undefined` without `node:net`, where postgres.js opens its own. */
  readonly open: ((address: SocketAddress) => unknown) | undefined;
  /** Destroys all sockets, and every socket that is opened later. */
  destroy(): void;
}

/**
 * Creates the sockets of one client.
 *
 * @param given the option `socket` of the application's instance, such as a cloud provider's connector
 * @param onError receives the system's error of a socket before postgres.js does
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

  /** Returns without waiting for the connection, like postgres.js: what is written meanwhile is sent afterwards. */
  function connect({ host, port, path }: SocketAddress): NodeSocket {
    if (path) return net!.connect(path);
    // With several hosts, each attempt takes the next one.
    const index = count++ % port.length;
    const socket = net!.connect(port[index]!, host[index]!);
    return Object.assign(socket, { host: host[index]!, port: port[index]! });
  }

  const open = typeof given === "function"
    ? async (address: SocketAddress): Promise<NodeSocket> => keep(await given(address))
    : net === undefined
    ? undefined
    : (address: SocketAddress): NodeSocket => {
      if (isDestroyed) throw new Error("The connection was abandoned");
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
