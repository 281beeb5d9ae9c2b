/** Connections that wait for their first message, on a transport that records what is sent. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import type { PendingConnection } from "../../../src/sockets/connection/connector.ts";
import { requestTo, siteWith } from "../auth/site.ts";
import { FakeTime } from "../databases/fake_time.ts";
import { COOKIES, NOW, tokenFor, tokenSite } from "../auth/token_site.ts";

/** A transport that records all messages and closes. */
class Transport {
  readyState = 1;
  readonly said: string[] = [];

  send(data: unknown): void {
    this.said.push(String(data));
  }

  close(code?: number, reason?: string): void {
    this.readyState = 3;
    this.said.push(`${code} ${reason}`);
  }
}

const HEADERS = { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" };

/** The headers of the client, and the options of the connector. */
interface Circumstances {
  readonly headers?: Readonly<Record<string, string>>;
  readonly firstMessage?: boolean | { deadline?: number };
  readonly anonymous?: boolean | (() => boolean);
}

/** An open, unauthenticated connection, and the handler calls that reach the application. */
async function stranger(
  auth: DjangoAuth,
  { headers, firstMessage = true, anonymous = false }: Circumstances = {},
): Promise<PendingConnection & { transport: Transport; heard: string[] }> {
  const heard: string[] = [];
  const connector = auth.connector({
    firstMessage,
    anonymous,
    open: () => void heard.push("open"),
    message: (_socket, data) => void heard.push(String(data)),
    close: (_socket, code) => void heard.push(`close ${code}`),
  });
  const pending = await connector.connect(requestTo("/", { headers: { ...HEADERS, ...headers } }), {});
  assert.ok(!(pending instanceof Response));
  const transport = new Transport();
  pending.connection.opened(transport);
  return { ...pending, transport, heard };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

describe("a connection that waits for its first message", () => {
  test("buffers messages while its token is checked, and delivers them in order", async () => {
    const { auth } = await tokenSite();
    const { connection, transport, heard } = await stranger(auth);
    connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
    for (let index = 0; index < 16; index++) connection.received(String(index));
    assert.deepEqual(heard, []);
    await settled();
    assert.deepEqual(transport.said, ['{"type":"djauth.authenticated"}']);
    assert.deepEqual(heard, ["open", ...Array.from({ length: 16 }, (_, index) => String(index))]);
    connection.received("and later");
    connection.closed(1000, "");
    assert.deepEqual(heard.slice(-2), ["and later", "close 1000"]);
    await auth.close();
  });

  test("closes with 1009 when the buffer overflows while its token is checked", async () => {
    for (const flood of [Array(17).fill("more"), ["x".repeat(20_001)]]) {
      const { auth } = await tokenSite();
      const { connection, transport, heard } = await stranger(auth);
      connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
      for (const frame of flood) connection.received(frame);
      await settled();
      assert.deepEqual(transport.said, ["1009 message_too_big"]);
      assert.deepEqual(heard, []);
      assert.equal(auth.sockets.count, 0);
      await auth.close();
    }
  });

  test("that closes while its token is checked opens no socket", async () => {
    const { auth } = await tokenSite();
    const { connection, transport, heard } = await stranger(auth);
    connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
    connection.closed(1006, "");
    await settled();
    assert.deepEqual([transport.said, heard, auth.sockets.count], [[], [], 0]);
    await auth.close();
  });

  test("that is closing when its token is accepted opens no socket", async () => {
    const { auth, events } = await tokenSite();
    const { connection, transport, heard } = await stranger(auth);
    connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
    transport.readyState = 2;
    await settled();
    assert.deepEqual([transport.said, heard, auth.sockets.count], [[], [], 0]);
    connection.closed(1000, "");
    assert.deepEqual(events, []);
    await auth.close();
  });

  test("closes with 1011 and reports an error when sending the reply throws", async () => {
    const { auth, events } = await tokenSite();
    const { connection, transport, heard } = await stranger(auth);
    const fault = new Error("the runtime's own");
    transport.send = () => {
      throw fault;
    };
    connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
    await settled();
    assert.deepEqual([transport.said, heard], [["1011 server_error"], []]);
    assert.deepEqual(events, [{ type: "error", where: "message", error: fault }]);
    connection.closed(1011, "");
    assert.deepEqual(heard, []);
    await auth.close();
  });

  test("closes with 1012 when the server is drained or closed, and the drain waits for its end", async () => {
    for (const end of ["drain", "close"] as const) {
      const { auth } = await tokenSite();
      const [waits, isAsked] = [await stranger(auth), await stranger(auth)];
      isAsked.connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
      let isDone = false;
      const done = (end === "drain" ? auth.sockets.drain({ seconds: 5 }) : auth.close()).then(() =>
        isDone = true
      );
      for (const { transport } of [waits, isAsked]) {
        assert.deepEqual(transport.said, ["1012 server_restart"]);
      }
      await settled();
      if (end === "drain") assert.equal(isDone, false);
      for (const { connection } of [waits, isAsked]) connection.closed(1012, "server_restart");
      await done;
      assert.deepEqual([waits.heard, isAsked.heard, auth.sockets.count], [[], [], 0]);
      await auth.close();
    }
  });

  test("that stays silent closes with the error of its credential, and one auth.rejected event", async () => {
    const stale = `sessionid=${"a".repeat(32)}`;
    const own = "http://localhost";
    const foreign = "https://evil.example";
    const cases: readonly (readonly [headers: Record<string, string>, code: number, reason: string])[] = [
      [{ origin: own, cookie: stale }, 4401, "session_ended"],
      [{ origin: foreign, cookie: stale }, 4403, "origin_not_allowed"],
      [{ origin: own, cookie: "access_token=x" }, 4401, "token_invalid"],
      [
        { origin: own, cookie: `access_token=${await tokenFor({ at: NOW - 3_600_000 })}` },
        4401,
        "token_expired",
      ],
      [{ origin: own }, 4408, "authentication_timeout"],
      [{ origin: foreign }, 4408, "authentication_timeout"],
      [{ origin: own, cookie: "theme=dark" }, 4408, "authentication_timeout"],
    ];
    for (const anonymous of [false, () => false]) {
      for (const [headers, code, reason] of cases) {
        const time = new FakeTime();
        const { auth, events } = await tokenSite(COOKIES, { timers: time });
        const { connection, transport } = await stranger(auth, {
          headers,
          firstMessage: { deadline: 5 },
          anonymous,
        });
        const isRefusedAtOnce = reason === "token_invalid";
        if (!isRefusedAtOnce) assert.deepEqual([transport.said, events], [[], []]);
        await time.advance(5000);
        assert.deepEqual(transport.said, [`${code} ${reason}`]);
        assert.deepEqual(events, [{ type: "auth.rejected", code: reason, path: "/" }]);
        connection.closed(code, reason);
        await auth.close();
      }
    }
  });

  test("waits for its own deadline, or for sockets.authenticationDeadline up to five minutes", async () => {
    const cases = [
      [7, true, 7],
      [7, {}, 7],
      [7, { deadline: 60 }, 60],
      [60, { deadline: 0.5 }, 0.5],
      [86_400, true, 300],
    ] as const;
    for (const [authenticationDeadline, firstMessage, seconds] of cases) {
      const time = new FakeTime();
      const { auth } = await tokenSite({}, { timers: time, sockets: { authenticationDeadline } });
      const { connection, transport } = await stranger(auth, { firstMessage });
      await time.advance(seconds * 1000 - 1);
      assert.deepEqual(transport.said, []);
      await time.advance(1);
      assert.deepEqual(transport.said, ["4408 authentication_timeout"]);
      connection.closed(4408, "");
      await auth.close();
    }
  });

  test("that sends a token in time is not refused for its ended session", async () => {
    const { auth, events } = await tokenSite();
    const headers = { origin: "http://localhost", cookie: `sessionid=${"a".repeat(32)}` };
    const { connection, transport, heard } = await stranger(auth, { headers });
    connection.received(JSON.stringify({ type: "djauth.authenticate", token: await tokenFor() }));
    await settled();
    assert.deepEqual(transport.said, ['{"type":"djauth.authenticated"}']);
    assert.deepEqual(heard, ["open"]);
    assert.deepEqual(events.filter(({ type }) => type === "auth.rejected"), []);
    connection.closed(1000, "");
    await auth.close();
  });

  test("that sends an invalid token is refused for the token, with one event", async () => {
    const { auth, events } = await tokenSite();
    const headers = { origin: "http://localhost", cookie: `sessionid=${"a".repeat(32)}` };
    const { connection, transport } = await stranger(auth, { headers });
    connection.received(JSON.stringify({ type: "djauth.authenticate", token: "x" }));
    await settled();
    assert.deepEqual(transport.said, ["4401 token_invalid"]);
    assert.deepEqual(events, [{ type: "auth.rejected", code: "token_invalid", path: "/" }]);
    connection.closed(4401, "token_invalid");
    await auth.close();
  });

  test("cannot be configured without jwt, and neither can tokenRefresh", async () => {
    const { auth } = await siteWith();
    for (const option of [{ firstMessage: true }, { tokenRefresh: true }]) {
      assert.throws(() => auth.connector(option), { code: "improperly_configured" });
    }
    await auth.close();
  });

  test("cannot be configured with anonymous: true, but can be with false or a function", async () => {
    const { auth } = await tokenSite();
    const message =
      /websocket\.firstMessage .*websocket\.anonymous is true.*without waiting for a first message.*a function/;
    for (const firstMessage of [true, {}, { deadline: 5 }]) {
      assert.throws(() => auth.connector({ firstMessage, anonymous: true }), {
        name: "ImproperlyConfigured",
        message,
      });
      for (const anonymous of [false, () => true]) auth.connector({ firstMessage, anonymous });
    }
    auth.connector({ firstMessage: false, tokenRefresh: true, anonymous: true });
    await auth.close();
  });
});
