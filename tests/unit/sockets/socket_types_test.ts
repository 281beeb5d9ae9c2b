/** The types of the socket's user and data, and options that are unknown or have a wrong type. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attach as attachBun } from "../../../src/adapters/bun.ts";
import { attach as attachDeno } from "../../../src/adapters/deno.ts";
import { djangoAuth } from "../../../src/django_auth.ts";
import { ImproperlyConfigured } from "../../../src/errors.ts";

const auth = djangoAuth({ secretKey: "k", database: "postgres://127.0.0.1:1/none" });
const fetch = (): Response => new Response();

/** Whether both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function same<A, B>(_isSame: Same<A, B>): void {}

test("socket.user cannot be null if anonymous sockets are refused, on both adapters", () => {
  const bun = attachBun(auth, {
    port: 1,
    fetch,
    websocket: {
      data: () => ({ room: "a" }),
      open(socket) {
        same<typeof socket.user.username, string>(true);
        same<typeof socket.data, { room: string }>(true);
      },
    },
  });
  assert.equal(bun.port, 1);
  const deno = attachDeno(auth, {
    port: 1,
    fetch,
    websocket: {
      open(socket) {
        same<typeof socket.user.username, string>(true);
      },
    },
  });
  assert.equal(deno.port, 1);
});

test("socket.user may be null if anonymous sockets may open, always or for some requests", () => {
  attachBun(auth, {
    fetch,
    websocket: {
      anonymous: true,
      open(socket) {
        same<typeof socket.user extends null ? true : false, false>(true);
        // @ts-expect-error there may be no user
        assert.ok(socket.user.username);
      },
    },
  });
  const options = attachDeno(auth, {
    fetch,
    websocket: {
      anonymous: (request) => request.url.endsWith("/public"),
      open(socket) {
        // @ts-expect-error there may be no user
        assert.ok(socket.user.username);
      },
    },
  });
  assert.equal(typeof options.handler, "function");
});

test("a misspelt websocket option is refused, so that no guard is silently off", () => {
  const refused = (name: string) => (error: unknown) =>
    error instanceof ImproperlyConfigured && error.message.startsWith(`websocket.${name} is not an option`);
  assert.throws(() => {
    // @ts-expect-error the option is `condition`
    attachBun(auth, { fetch, websocket: { conditions: () => false } });
  }, refused("conditions"));
  assert.throws(() => {
    // @ts-expect-error the option is `anonymous`
    attachDeno(auth, { fetch, websocket: { anonymos: true } });
  }, refused("anonymos"));
  assert.throws(() => {
    // @ts-expect-error it is Bun's own option
    attachDeno(auth, { fetch, websocket: { sendPings: false } });
  }, refused("sendPings"));
  assert.equal(attachBun(auth, { fetch, websocket: { sendPings: false } }).websocket.sendPings, false);
});

test("auth.upgrade() refuses misspelt options, and firstMessage, which it cannot wait for", async () => {
  const upgrade = (handlers: object) => auth.upgrade(new Request("http://localhost/"), handlers);
  await assert.rejects(upgrade({ conditon: () => false }), {
    code: "improperly_configured",
    message: "websocket.conditon is not an option, did you mean websocket.condition?",
  });
  await assert.rejects(upgrade({ firstMessage: true }), {
    code: "improperly_configured",
    message:
      "websocket.firstMessage is on, which auth.upgrade() cannot wait for; use attach() or auth.connector()",
  });
  await assert.rejects(upgrade({ tokenRefresh: true }), {
    code: "improperly_configured",
    message: "jwt is not given, expected jwt: {} to use simplejwt's tokens",
  });
});

test("websocket options of a wrong type are refused", () => {
  const bad: [object, RegExp][] = [
    [{ rejectWith: "https" }, /^websocket\.rejectWith is "https", expected one of "close", "http"$/],
    [{ anonymous: "yes" }, /^websocket\.anonymous is "yes", expected a boolean$/],
    [{ condition: true }, /^websocket\.condition is true, expected a function$/],
    [{ protocols: "chat" }, /^websocket\.protocols is "chat", expected a list of strings$/],
    [{ path: 7 }, /^websocket\.path is 7, expected a list of strings$/],
    [
      { maxPayloadLength: "1 MB" },
      /^websocket\.maxPayloadLength is "1 MB", expected an integer from 1 to 2147483647$/,
    ],
    [{ maxPayloadLength: 0 }, /^websocket\.maxPayloadLength is 0, expected an integer from 1/],
    [{ idleTimeout: -1 }, /^websocket\.idleTimeout is -1, expected a number of seconds of 0 or more$/],
  ];
  for (const [websocket, message] of bad) {
    assert.throws(() => auth.connector(websocket), { name: "ImproperlyConfigured", message });
  }
});
