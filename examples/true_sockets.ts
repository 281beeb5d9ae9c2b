/**
 * Sockets that close when the login they rest on ends: by a logout in Django, a new password, a deactivated account, the
 * end of the session. Nothing has to be written for that; this file shows what can be.
 *
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… bun examples/true_sockets.ts
 *     DJANGO_SECRET_KEY=… DATABASE_URL=postgres://… deno serve -A examples/true_sockets.ts
 */

import process from "node:process";
import { djangoAuth, type DjangoUserRow, type SocketHandlers } from "djauth";
import { attach as attachBun } from "djauth/bun";
import { attach as attachDeno } from "djauth/deno";

const auth = djangoAuth({
  secretKey: process.env.DJANGO_SECRET_KEY!,
  database: process.env.DATABASE_URL!,
  onEvent(event) {
    if (event.type === "auth.revoked") {
      console.log(`user ${event.userId}: ${event.code}, by ${event.occasion}`);
    }
    if (event.type === "feed.lost") console.warn("the feed is lost: re-validation alone keeps sockets true");
    if (event.type === "error" || event.type === "auth.unavailable") console.error(event.error);
  },
});

// Sockets then close at once, and not within half a minute. This needs the role that owns Django's tables: in production
// run `npx djauth triggers install` once instead, or a Django migration, and drop this line.
await auth.triggers.install();

const websocket: SocketHandlers<DjangoUserRow> = {
  path: "/staff",
  condition: (user) => user.is_staff,
  async message(socket, data) {
    if (data !== "close my other sockets") return socket.send(`${socket.user.username}: ${data}`);
    // On all servers of the site. They may come back: that is no logout.
    const target = { userId: socket.user.pk, except: socket.id };
    const { closed, closedElsewhere } = await auth.sockets.disconnect(target);
    socket.send(`closed ${closed + closedElsewhere}`);
  },
  // The login goes on, but a condition that held at the beginning may not hold any more.
  onIdentityChange(socket) {
    if (!socket.user.is_staff) socket.close(4403, "permission_denied");
  },
  close(_socket, code, reason) {
    console.log(`closed with ${code} ${reason}`);
  },
};

const fetch = (): Response => Response.json({ sockets: auth.sockets.count });

// Bun and Deno both serve the default export of the main module; yours needs the line of one of them.
export default "Deno" in globalThis
  ? { fetch: attachDeno(auth, { fetch, websocket }).handler }
  : attachBun(auth, { fetch, websocket });
