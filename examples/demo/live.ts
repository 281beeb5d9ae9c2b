/**
 * The demo's socket: a clock, an echo, and the session of the person who opened it. The same on Bun and on Deno.
 */

import { type DjangoSocket, type DjangoUserRow, SessionError, type SocketHandlers } from "djauth";
import { auth, type Values, valuesOf } from "./app.ts";

/** What each socket keeps. */
interface Live {
  /** The request that opened it: its cookie is looked at again with each tick. */
  readonly request: Request;
  clock: ReturnType<typeof setInterval> | undefined;
}

type LiveSocket = DjangoSocket<DjangoUserRow, Live>;

/** What the page gets. */
type Message =
  | { readonly type: "clock"; readonly now: number; readonly session: Values }
  | { readonly type: "echo"; readonly text: string; readonly from: string }
  | { readonly type: "session"; readonly session: Values };

const TICK = 1000;
const LONGEST_ECHO = 500;

/** What happens on `/live`. */
export const websocket: SocketHandlers<DjangoUserRow, Live, false> = {
  path: "/live",
  maxPayloadLength: 4096,
  data: (request) => ({
    request: new Request(request.url, { headers: { cookie: request.headers.get("cookie") ?? "" } }),
    clock: undefined,
  }),
  open(socket) {
    socket.data.clock = setInterval(() => tick(socket), TICK);
    return tick(socket);
  },
  async message(socket, data) {
    if (data === "count") return await count(socket);
    const text = typeof data === "string" ? data : `${data.byteLength} bytes`;
    send(socket, { type: "echo", text: text.slice(0, LONGEST_ECHO), from: socket.user.username });
  },
  close(socket) {
    clearInterval(socket.data.clock);
  },
};

/**
 * Sends the time and the session as they are now. djauth decides when a socket opens; that a login ended afterwards is
 * found out here, by asking about the same cookie once more.
 */
async function tick(socket: LiveSocket): Promise<void> {
  try {
    const context = auth.context(socket.data.request);
    const refusal = await context.refusal();
    if (refusal !== null) return socket.close(4401, refusal);
    send(socket, { type: "clock", now: Date.now(), session: valuesOf(await context.session()) });
  } catch {
    // The database is away, which says nothing about the login: the page comes back by itself.
    socket.close(1013, "try_again_later");
  }
}

/** One more, under a lock on the session's row, so that of many clicks in many tabs none is lost. */
async function count(socket: LiveSocket): Promise<void> {
  try {
    const session = await socket.session.change((current) => {
      const values = valuesOf(current);
      current.set("counter", values.counter + 1);
      return { ...values, counter: values.counter + 1 };
    });
    send(socket, { type: "session", session });
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    socket.close(4401, "session_ended");
  }
}

function send(socket: LiveSocket, message: Message): void {
  socket.send(JSON.stringify(message));
}
