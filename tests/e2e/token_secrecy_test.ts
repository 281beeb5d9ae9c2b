/** What is said about tokens never holds one: not in events, on the console, in responses or in errors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { needsOracle } from "../ground/oracle.ts";
import { newPerson, PASSWORD, served } from "./site.ts";
import { bearer, djangoToken, ECHO, open, tokenAuth } from "./token_site.ts";

const METHODS = ["log", "info", "warn", "error", "debug"] as const;

test(
  "no token and no password is in an event, on the console, in a refusal or in an error",
  needsOracle,
  async () => {
    const said: string[] = [];
    const hear = (value: unknown) => void said.push(inspect(value, { depth: 10 }) + JSON.stringify(value));
    const events: AuthEvent[] = [];
    const originals = METHODS.map((method) => console[method]);
    for (const method of METHODS) console[method] = hear;
    const secrets: string[] = [PASSWORD];
    try {
      const rotating = {
        rotateRefreshTokens: true,
        blacklistAfterRotation: true,
        cookies: true,
        queryToken: "token",
      };
      const auth: DjangoAuth = tokenAuth(rotating, { onEvent: (event) => void events.push(event) });
      const handlers = {
        fetch: async (request: Request, context: Parameters<DjangoAuth["getUser"]>[0]) => {
          const answer = auth.tokens.handle(request, context);
          if (answer !== null) return await answer;
          if (request.url.includes("broken")) throw new Error("the handler broke");
          hear(context);
          hear(await context.jwt());
          hear(await context.user());
          return await auth.userRequired(() => new Response("in"))(request, context);
        },
        websocket: { ...ECHO, firstMessage: true, tokenRefresh: true },
      };
      await served(auth, handlers, async ({ url, host }) => {
        const person = await newPerson();
        const good = await djangoToken(person);
        const tokens = [
          good,
          `${good}x`,
          await djangoToken(person, "access", { ACCESS_TOKEN_LIFETIME: -10 }),
          await djangoToken(person, "refresh"),
          await djangoToken(person, "access", { SIGNING_KEY: "another key" }),
          await djangoToken(await newPerson({ is_active: false })),
        ];
        secrets.push(...tokens);
        for (const token of tokens) {
          for (const path of ["/", "/broken", `/?token=${token}`]) {
            const response = await fetch(url + path, { headers: bearer(token) });
            hear([...response.headers]);
            hear(await response.text());
          }
          for (const path of ["refresh/", "verify/", "blacklist/", "sliding/refresh/", ""]) {
            const body = JSON.stringify({
              refresh: token,
              token,
              username: person.username,
              password: `${PASSWORD}x`,
            });
            const headers = { "content-type": "application/json" };
            const response = await fetch(`${url}/api/token/${path}`, { method: "POST", headers, body });
            hear([...response.headers]);
            // New tokens are what a refresh is for.
            if (response.status !== 200) hear(await response.text());
            else await response.body?.cancel();
          }
          const socket = await open(host, { "sec-websocket-protocol": `djauth.bearer.${token}, chat` });
          hear([...socket.response.headers]);
          hear(await Promise.race([socket.ended, socket.receive()]).catch(String));
          socket.destroy();
          const waiting = await open(host, {});
          waiting.send(JSON.stringify({ type: "djauth.authenticate", token }));
          hear(await Promise.race([waiting.ended, waiting.receive()]).catch(String));
          waiting.destroy();
          hear(await auth.getUserFromJwt(token));
        }
      });
    } finally {
      METHODS.forEach((method, index) => {
        console[method] = originals[index]!;
      });
    }
    events.forEach(hear);
    assert.ok(events.length > 20);
    for (const secret of secrets) {
      // The signature is what nobody else can make.
      const part = secret.split(".").at(-1)!;
      assert.ok(!said.some((text) => text.includes(part)), "a token or a password was told");
    }
  },
);
