/** djauth as the README shows it, with everything enabled: feed, triggers, re-validation, and limits on request. */

import process from "node:process";
import { createPostgresDatabase, djangoAuth, type DjangoSocket, type RequestContext } from "../../../mod.ts";
import { attach as attachBun } from "../../../src/adapters/bun.ts";
import { attach as attachDeno } from "../../../src/adapters/deno.ts";
import { SECRET_KEY } from "../site.ts";
import { databaseUrl, IDLE_TIMEOUT, IS_BUN, LISTEN, ready, runtime, SOCKET_PATH } from "./contestant.ts";
import { RoundWatch } from "./round_watch.ts";

const watch = new RoundWatch();

/** All limits, none of which is ever reached: counting costs the same. */
const LIMITS = process.env.BENCH_LIMITS === undefined
  ? {}
  : { max: 100_000, maxPerUser: 100, maxPerSession: 100, maxPerAddress: 100_000 };

const auth = djangoAuth({
  secretKey: SECRET_KEY,
  // Same as `database: url`, with the reads counted.
  database: watch.counted(createPostgresDatabase(databaseUrl())),
  sockets: { feed: databaseUrl(), revalidateInterval: watch.interval, ...LIMITS },
  // Long enough to keep every entry between two rounds while the other contestants take their turns.
  identityCache: process.env.BENCH_CACHE !== undefined && { maxAge: 600 },
  allowedHosts: ["127.0.0.1"],
  onEvent: (event) => {
    if (event.type === "sockets.revalidated") watch.ended(event);
  },
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

const answers = { round: () => watch.next() };
if (IS_BUN) ready(runtime.Bun.serve(attachBun(auth, options)).port, answers);
else ready(runtime.Deno.serve(attachDeno(auth, options)).addr.port, answers);
