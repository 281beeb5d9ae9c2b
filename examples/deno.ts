/**
 * A Deno server that knows the users of a Django site, over HTTP and over a WebSocket.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno run --allow-net --allow-env \
 *       --unstable-no-legacy-abort examples/deno.ts
 */

import { djangoAuth } from "djauth";
import { attach } from "djauth/deno";

const auth = djangoAuth({
  secretKey: Deno.env.get("DJANGO_SECRET_KEY")!,
  database: Deno.env.get("DATABASE_URL")!,
});

Deno.serve(attach(auth, {
  port: Number(Deno.env.get("PORT") ?? 3000),
  async fetch(_request, context) {
    const user = await context.user();
    return Response.json({ hello: user?.username ?? "stranger" });
  },
  websocket: {
    open(socket) {
      socket.send(`welcome ${socket.user.username}`);
    },
    message(socket, data) {
      socket.send(data);
    },
  },
}));
