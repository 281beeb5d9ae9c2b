/**
 * A Deno server with its own router: what `attach` does, by hand.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno run --allow-net --allow-env examples/router/deno.ts
 */

import { djangoAuth, type SocketHandlers } from "djauth";

const auth = djangoAuth({
  secretKey: Deno.env.get("DJANGO_SECRET_KEY")!,
  database: Deno.env.get("DATABASE_URL")!,
});

const echo: SocketHandlers = {
  open: (socket) => socket.send(`welcome ${socket.user.username}`),
  message: (socket, data) => socket.send(data),
};

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, async (request, { remoteAddr }) => {
  const info = { remoteAddress: remoteAddr.hostname };
  // Exactly this: a client that offers HTTP/2 as well, which no browser does, would end Deno's process.
  const isUpgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  if (isUpgrade && new URL(request.url).pathname === "/live") {
    const { signal } = request; // read before the first await, so that it reports a client that leaves
    const decision = await auth.upgrade(request, echo, info);
    if (!decision.accepted) return decision.response();
    const { connection, protocol, cookies } = decision;
    if (signal.aborted) {
      connection.closed(1006, "");
      return new Response(null, { status: 400 });
    }
    let upgraded: Deno.WebSocketUpgrade;
    try {
      upgraded = Deno.upgradeWebSocket(request);
    } catch {
      // Without a Sec-WebSocket-Key, for example.
      connection.closed(1006, "");
      return new Response(null, { status: 400 });
    }
    // From here on nothing may throw: Deno stops listening if the response of an upgrade is not returned.
    const { socket, response } = upgraded;
    if (protocol !== null) response.headers.set("sec-websocket-protocol", protocol);
    for (const cookie of cookies) response.headers.append("set-cookie", cookie);
    socket.onopen = () => connection.opened(socket);
    socket.onmessage = ({ data }) =>
      connection.received(typeof data === "string" ? data : new Uint8Array(data));
    socket.onclose = ({ code, reason }) => connection.closed(code || 1006, reason);
    return response;
  }
  const context = auth.context(request, info);
  const user = await context.user(); // throws if the database is unavailable; auth.handle() would answer 503
  return await context.finish(Response.json({ hello: user?.username ?? "stranger" }));
});
