/**
 * A Bun server with its own router: what `attach` does, by hand.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/router/bun.ts
 */

import { type Connection, djangoAuth, type SocketHandlers } from "djauth";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
});

const echo: SocketHandlers = {
  open: (socket) => socket.send(`welcome ${socket.user.username}`),
  message: (socket, data) => socket.send(data),
};

const server = Bun.serve<Connection>({
  port: Number(process.env.PORT ?? 3000),
  async fetch(request, server) {
    const info = { remoteAddress: server.requestIP(request)?.address };
    // Not `new URL()`, which throws if Bun could not parse the Host header.
    if (URL.parse(request.url)?.pathname === "/live") {
      const decision = await auth.upgrade(request, echo, info);
      if (!decision.accepted) return decision.response();
      // Always set the protocol: otherwise Bun selects the first one offered, which may be a token.
      const headers = new Headers({ "sec-websocket-protocol": decision.protocol ?? "" });
      for (const cookie of decision.cookies) headers.append("set-cookie", cookie);
      if (server.upgrade(request, { headers, data: decision.connection })) return;
      decision.connection.closed(1006, ""); // the client has left
      return new Response(null, { status: 400 });
    }
    const context = auth.context(request, info);
    const user = await context.user(); // throws if the database is unavailable; auth.handle() would answer 503
    return await context.finish(Response.json({ hello: user?.username ?? "stranger" }));
  },
  websocket: {
    open: (socket) => socket.data.opened(socket),
    message: (socket, data) => socket.data.received(data as string | Uint8Array<ArrayBuffer>),
    close: (socket, code, reason) => socket.data.closed(code, reason),
  },
});
console.log(`listening on ${server.url}`);
