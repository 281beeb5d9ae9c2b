/** The process behind `startNode()`: says where it serves, then when its feed is live; ends with its standard input. */

import process from "node:process";
import { serve } from "./serve.ts";
import { pages, siteAuth } from "./site.ts";

const auth = siteAuth({
  onEvent: (event) => {
    if (event.type === "feed.restored") console.log(JSON.stringify({}));
  },
});
const server = serve(auth, { fetch: pages(auth), websocket: {} });
console.log(JSON.stringify({ url: server.url, host: server.host }));
process.stdin.on("data", () => {}).on("end", async () => {
  await server.stop();
  await auth.close();
  process.exit();
});
