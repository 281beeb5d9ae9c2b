/** djauth as its README shows it, with a URL. */

import { djangoAuth, type DjangoSocket, type RequestContext } from "../../../mod.ts";
import { attach as attachBun } from "../../../src/adapters/bun.ts";
import { attach as attachDeno } from "../../../src/adapters/deno.ts";
import { SECRET_KEY } from "../site.ts";
import { databaseUrl, IDLE_TIMEOUT, IS_BUN, LISTEN, ready, runtime, SOCKET_PATH } from "./contestant.ts";

const auth = djangoAuth({
  secretKey: SECRET_KEY,
  database: databaseUrl(),
  allowedHosts: ["127.0.0.1"],
});

const options = {
  ...LISTEN,
  async fetch(_request: Request, context: RequestContext): Promise<Response> {
    const user = await context.user();
    if (user === null) return new Response(null, { status: 401 });
    return Response.json({ id: user.id, username: user.username });
  },
  websocket: {
    path: SOCKET_PATH,
    idleTimeout: IDLE_TIMEOUT,
    message(socket: DjangoSocket, data: string | Uint8Array<ArrayBuffer>): void {
      socket.send(data);
    },
  },
};

if (IS_BUN) ready(runtime.Bun.serve(attachBun(auth, options)).port);
else ready(runtime.Deno.serve(attachDeno(auth, options)).addr.port);
