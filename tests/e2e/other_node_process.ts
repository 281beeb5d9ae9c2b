/**
 * The process behind `startNode()`: prints where it serves, then a line when its feed becomes live, and ends when its
 * standard input ends. Each socket is sent its id when it opens, and gets its messages back.
 */

import process from "node:process";
import { serve } from "./serve.ts";
import { pages, siteAuth } from "./site.ts";

const feed = process.env.OTHER_FEED_URL;
const auth = siteAuth({
  jwt: {},
  ...(feed === undefined ? {} : { sockets: { feed } }),
  onEvent: (event) => {
    if (event.type === "feed.restored") console.log(JSON.stringify({}));
  },
});
const websocket = {
  open: (socket: { id: string; send(text: string): void }) => socket.send(socket.id),
  message: (socket: { send(text: string): void }, data: string | Uint8Array) => socket.send(`said ${data}`),
};
const server = serve(auth, { fetch: pages(auth), websocket });
console.log(JSON.stringify({ url: server.url, host: server.host }));
process.stdin.on("data", () => {}).on("end", async () => {
  await server.stop();
  await auth.close();
  process.exit();
});
