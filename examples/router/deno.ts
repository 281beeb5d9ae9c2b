/**
 * A Deno server with its own router: nearly what `attach` does, by hand.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno run --allow-net --allow-env \
 *       --unstable-no-legacy-abort examples/router/deno.ts
 */

import { djangoAuth, type PendingConnection, type RequestContext, type SocketHandlers } from "djauth";

const auth = djangoAuth({
  secretKey: Deno.env.get("DJANGO_SECRET_KEY")!,
  database: Deno.env.get("DATABASE_URL")!,
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

function upgrade(request: Request, { connection, protocol, cookies }: PendingConnection): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  // From here on nothing may throw: Deno stops listening if the response of an upgrade is not returned.
  if (protocol !== null) response.headers.set("sec-websocket-protocol", protocol);
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  socket.onopen = () => connection.opened(socket);
  socket.onmessage = ({ data }) =>
    connection.received(typeof data === "string" ? data : new Uint8Array(data));
  socket.onclose = ({ code, reason }) => connection.closed(code || 1006, reason);
  return response;
}

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 3000) }, async (request, { remoteAddr }) => {
  const info = { remoteAddress: remoteAddr.hostname };
  // The page where claims are redeemed is djauth's own.
  if (!connector.wants(request)) return auth.handle(request, connector.handlerFor(request) ?? page, info);
  const { signal } = request; // read before the first await, so that it reports a client that leaves
  const pending = await connector.connect(request, info);
  if (pending instanceof Response) return pending;
  try {
    if (!signal.aborted) return upgrade(request, pending);
  } catch {
    // Without a Sec-WebSocket-Key, for example.
  }
  pending.connection.closed(1006, "");
  return new Response(null, { status: 400 });
});
