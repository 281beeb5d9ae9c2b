/**
 * A Bun server that knows the users of a Django site, over HTTP and over a WebSocket.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/bun.ts
 */

import { djangoAuth } from "djauth";
import { attach } from "djauth/bun";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
});

const server = Bun.serve(attach(auth, {
  port: Number(process.env.PORT ?? 3000),
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
console.log(`listening on ${server.url}`);
