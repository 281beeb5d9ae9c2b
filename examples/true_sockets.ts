/**
 * Sockets close when their login ends: by a logout in Django, a new password, a deactivated account, or the expiry of the
 * session. That needs no code; this file shows what you can add.
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
    if (event.type === "feed.lost") console.warn("the feed is lost: only re-validation notices ended logins");
    if (event.type === "error" || event.type === "auth.unavailable") console.error(event.error);
  },
});

// With the triggers, sockets close immediately instead of within half a minute. Installing them needs the role that owns
// Django's tables: in production, run `npx djauth triggers install` once, or a Django migration, and drop this line.
await auth.triggers.install();

const websocket: SocketHandlers<DjangoUserRow> = {
  path: "/staff",
  condition: (user) => user.is_staff,
  async message(socket, data) {
    if (data !== "close my other sockets") return socket.send(`${socket.user.username}: ${data}`);
    // On all servers of the site. This is not a logout: the clients may come back.
    const target = { userId: socket.user.pk, except: socket.id };
    const { closed, closedElsewhere } = await auth.sockets.disconnect(target);
    socket.send(`closed ${closed + closedElsewhere}`);
  },
  // The login is still valid, but the user may no longer fulfil the condition.
  onIdentityChange(socket) {
    if (!socket.user.is_staff) socket.close(4403, "permission_denied");
  },
  close(_socket, code, reason) {
    // Escaped: the client may have written the reason.
    console.log(`closed with ${code} ${JSON.stringify(reason)}`);
  },
};

const fetch = (): Response => Response.json({ sockets: auth.sockets.count });

// Bun and Deno both serve the default export of the main module; your own server needs only one of the two lines.
export default "Deno" in globalThis
  ? { fetch: attachDeno(auth, { fetch, websocket }).handler }
  : attachBun(auth, { fetch, websocket });
