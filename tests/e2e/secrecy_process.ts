/**
 * A site that prints as much as it can: its events, and every object that a developer might log. Prints where it
 * serves, and ends when its standard input ends.
 */

import process from "node:process";
import { inspect } from "node:util";
import { createConsoleListener } from "../../src/auth/events/console.ts";
import { djangoAuth } from "../../src/django_auth.ts";
import { serve } from "./serve.ts";
import { pages, QUICK_HASHERS } from "./site.ts";

const print = (value: unknown): void => {
  console.log(inspect(value, { depth: 10, showHidden: true }));
  console.log(JSON.stringify(value));
};
const toConsole = createConsoleListener();
const auth = djangoAuth({
  ...JSON.parse(process.env.SITE_OPTIONS ?? "{}"),
  passwords: { hashers: QUICK_HASHERS },
  onEvent(event) {
    print(event);
    toConsole(event);
  },
});
const others = pages(auth);
const server = serve(auth, {
  async fetch(request, context) {
    const answer = auth.tokens.handle(request, context);
    if (answer !== null) return await answer;
    switch (new URL(request.url).pathname) {
      case "/ticket":
        return new Response(await auth.createTicket(context));
      case "/out":
        await auth.logout(context, { refresh: await request.text() });
        return new Response();
      case "/broken":
        throw Object.assign(new Error("the handler broke"), { context, jwt: await context.jwt() });
      case "/print":
        print([context, await context.jwt(), await context.user(), await context.session(), auth]);
        return await auth.userRequired(() => new Response())(request, context);
    }
    return await others(request, context);
  },
  websocket: {
    firstMessage: true,
    tokenRefresh: true,
    open: (socket) => print(socket),
    message(socket, data) {
      print(socket);
      socket.send(`said ${data}`);
    },
  },
});
console.log(JSON.stringify({ url: server.url, host: server.host }));
process.stdin.on("data", () => {}).on("end", async () => {
  await server.stop();
  await auth.close();
  process.exit();
});
