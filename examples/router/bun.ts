/**
 * A Bun server with its own router: what `attach` does, by hand.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/router/bun.ts
 */

import { type Connection, djangoAuth, type RequestContext, type SocketHandlers } from "djauth";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
});

const echo: SocketHandlers = {
  path: "/live",
  open: (socket) => socket.send(`welcome ${socket.user.username}`),
  message: (socket, data) => socket.send(data),
};
const connector = auth.connector(echo);

async function page(_request: Request, context: RequestContext): Promise<Response> {
  return Response.json({ hello: (await context.user())?.username ?? "stranger" });
}

const server = Bun.serve<Connection>({
  port: Number(process.env.PORT ?? 3000),
  async fetch(request, server) {
    const info = { remoteAddress: server.requestIP(request)?.address };
    // The page where claims are redeemed is djauth's own.
    if (!connector.wants(request)) return auth.handle(request, connector.handlerFor(request) ?? page, info);
    const pending = await connector.connect(request, info);
    if (pending instanceof Response) return pending;
    // Always set the protocol: otherwise Bun selects the first one offered, which may be a token.
    const headers = new Headers({ "sec-websocket-protocol": pending.protocol ?? "" });
    for (const cookie of pending.cookies) headers.append("set-cookie", cookie);
    if (server.upgrade(request, { headers, data: pending.connection })) return;
    pending.connection.closed(1006, ""); // the client has left
    return new Response(null, { status: 400 });
  },
  websocket: {
    open: (socket) => socket.data.opened(socket),
    message: (socket, data) => socket.data.received(data as string | Uint8Array<ArrayBuffer>),
    close: (socket, code, reason) => socket.data.closed(code, reason),
  },
});
console.log(`listening on ${server.url}`);
