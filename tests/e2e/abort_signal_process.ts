/**
 * The process behind `abort_signal_deno_test.ts`: opens sockets, has clients disconnect while their upgrades are
 * pending, shuts the server down, and prints which handlers were called and whether the server has ended.
 */

import { attach } from "../../src/adapters/deno.ts";
import { djangoAuth } from "../../src/django_auth.ts";
import { upgrade, upgradeAndLeave } from "./wire.ts";

const heard: string[] = [];
const gate = Promise.withResolvers<void>();
// No upgrade here makes a query.
const database = "postgres://127.0.0.1:1/none";
const auth = djangoAuth({ secretKey: "k", database, sockets: { feed: false } });
const server = Deno.serve(attach(auth, {
  ...{ port: 0, hostname: "127.0.0.1", onListen: () => {} },
  fetch: () => new Response(),
  websocket: {
    anonymous: true,
    data: (request) => request.url.endsWith("/slow") ? gate.promise : undefined,
    open: () => void heard.push("open"),
    close: () => void heard.push("close"),
  },
}));
const host = `127.0.0.1:${server.addr.port}`;

for (let round = 0; round < 3; round++) await (await upgrade(host)).close();
for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
  await upgradeAndLeave(host, [], (socket) => socket[leave](), "/slow");
}
await new Promise((resolve) => setTimeout(resolve, 50));
gate.resolve();
const hasEnded = await Promise.race([
  server.shutdown().then(() => true),
  new Promise<boolean>((resolve) => setTimeout(resolve, 2000, false)),
]);
await auth.close();
console.log(JSON.stringify({ heard, hasEnded }));
Deno.exit();
