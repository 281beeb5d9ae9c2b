/**
 * The demo's socket: a clock, an echo, and the session of its user. The same on Bun and on Deno. djauth closes it when the
 * login ends, wherever that happens: that needs no code here.
 */

import {
  DatabaseUnavailable,
  type DjangoSocket,
  type DjangoUserRow,
  SessionError,
  type SocketHandlers,
  type User,
} from "djauth";
import { auth, type Values, valuesOf } from "./app.ts";

/** The data of each socket. */
interface Live {
  clock: ReturnType<typeof setInterval> | undefined;
}

type LiveSocket = DjangoSocket<DjangoUserRow, Live>;

/** The messages sent to the page. */
type Message =
  | { readonly type: "clock"; readonly now: number }
  | { readonly type: "echo"; readonly text: string; readonly from: string }
  | { readonly type: "session"; readonly session: Values }
  | { readonly type: "user"; readonly user: User }
  | { readonly type: "closed"; readonly sockets: number; readonly nodes: number };

const TICK = 1000;
const LONGEST_ECHO = 500;

/** The handlers of `/live`. */
export const websocket: SocketHandlers<DjangoUserRow, Live, false> = {
  path: "/live",
  maxPayloadLength: 4096,
  data: () => ({ clock: undefined }),
  open(socket) {
    socket.data.clock = setInterval(() => tick(socket), TICK);
    return tick(socket);
  },
  async message(socket, data) {
    if (data === "count") return await count(socket);
    if (data === "close others") return await closeOthers(socket);
    const text = typeof data === "string" ? data : `${data.byteLength} bytes`;
    send(socket, { type: "echo", text: text.slice(0, LONGEST_ECHO), from: socket.user.username });
  },
  // The user got another rank or name in Django's admin: `socket.user` is the new row already.
  onIdentityChange(socket) {
    send(socket, { type: "user", user: socket.user });
  },
  close(socket) {
    clearInterval(socket.data.clock);
  },
};

/** Sends the time and the session's values, read anew since Django does not report that it saved a session. */
async function tick(socket: LiveSocket): Promise<void> {
  send(socket, { type: "clock", now: Date.now() });
  try {
    const stored = await auth.sessions.load(socket.session.sessionKey ?? "");
    if (stored !== null) send(socket, { type: "session", session: valuesOf(stored.payload) });
  } catch (error) {
    // An outage: the page keeps showing the last values.
    if (!(error instanceof DatabaseUnavailable)) throw error;
  }
}

/** Counts a click, under a lock on the session's row so that concurrent clicks in several tabs are not lost. */
async function count(socket: LiveSocket): Promise<void> {
  try {
    const session = await socket.session.change((current) => {
      const values = valuesOf(current);
      current.set("counter", values.counter + 1);
      return { ...values, counter: values.counter + 1 };
    });
    send(socket, { type: "session", session });
  } catch (error) {
    // The login has just ended: the socket is about to be closed with the reason.
    if (!(error instanceof SessionError)) throw error;
  }
}

/** Closes the user's other sockets on all servers. This is not a logout: they may reconnect. */
async function closeOthers(socket: LiveSocket): Promise<void> {
  const target = { userId: socket.user.pk, except: socket.id };
  const { closed, closedElsewhere, nodes } = await auth.sockets.disconnect(target);
  send(socket, { type: "closed", sockets: closed + closedElsewhere, nodes });
}

function send(socket: LiveSocket, message: Message): void {
  socket.send(JSON.stringify(message));
}
