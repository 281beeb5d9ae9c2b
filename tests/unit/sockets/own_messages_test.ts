/** djauth's own messages on an open socket: their replies, and that they are not delivered to the application. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import type { DjangoSocket } from "../../../src/sockets/socket/socket.ts";
import { addUser, cookiesOf, ORIGIN, requestTo, type Site } from "../auth/site.ts";
import { NOW, tokenFor, tokenSite, visit } from "../auth/token_site.ts";
import { FakeTransport } from "./fake_node.ts";

interface Options {
  readonly firstMessage?: boolean | { deadline?: number };
  readonly tokenRefresh?: boolean;
  readonly anonymous?: () => boolean;
}

type Guest = DjangoSocket<object, undefined, { readonly username: string } | null>;

/** A socket that was opened with these headers, and its messages. */
interface Opened {
  readonly transport: FakeTransport;
  readonly socket: Guest;
  /** The messages that were delivered to the application. */
  readonly heard: unknown[];
  /** Sends these texts, and returns the replies. */
  say(...texts: string[]): Promise<unknown[]>;
}

const message = (type: string, token?: unknown) => JSON.stringify({ type: `djauth.${type}`, token });
const AUTHENTICATED = { type: "djauth.authenticated" };
const refused = (reason: string) => ({ type: "djauth.refused", reason });

async function opened(
  { auth }: Site,
  headers: Record<string, string>,
  { firstMessage = true, tokenRefresh = false, anonymous = () => false }: Options = {},
): Promise<Opened> {
  const heard: unknown[] = [];
  let socket: Guest | undefined;
  const connector = auth.connector({
    firstMessage,
    tokenRefresh,
    anonymous,
    open: (opened) => void (socket = opened as Guest),
    message: (_socket, data) => void heard.push(data),
  });
  const upgrade = { upgrade: "websocket", "sec-websocket-version": "13", ...headers };
  const pending = await connector.connect(requestTo("/", { headers: upgrade }), {});
  assert.ok(!(pending instanceof Response));
  const transport = new FakeTransport();
  pending.connection.opened(transport);
  assert.ok(socket);
  const say = async (...texts: string[]): Promise<unknown[]> => {
    for (const text of texts) pending.connection.received(text);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    return transport.sent.splice(0).map((text) => JSON.parse(String(text)));
  };
  return { transport, socket, heard, say };
}

/** The headers of both logins of ada: a session cookie, and a token. */
async function loginsOf({ auth }: Site): Promise<Record<string, string>[]> {
  const response = await visit(auth, requestTo("/"), async (context) => {
    await auth.login(context, { userId: 1 }, { csrf: false });
  });
  return [
    { cookie: cookiesOf(response), origin: ORIGIN },
    { authorization: `Bearer ${await tokenFor()}` },
  ];
}

describe("djauth.authenticate on an open socket with a user", () => {
  test("is answered and changes nothing, however often it is sent", async () => {
    const site = await tokenSite();
    for (const headers of await loginsOf(site)) {
      for (const tokenRefresh of [false, true]) {
        const { say, socket, transport, heard } = await opened(site, headers, { tokenRefresh });
        const { user, session: { sessionKey } } = socket;
        // A token that expires soon does not shorten the life of the socket.
        const token = await tokenFor({ at: NOW - 200_000 });
        for (let times = 0; times < 2; times++) {
          assert.deepEqual(await say(message("authenticate", token)), [AUTHENTICATED]);
        }
        assert.deepEqual([socket.user, socket.session.sessionKey], [user, sessionKey]);
        assert.deepEqual([transport.end, heard], [null, []]);
        await say("hello");
        assert.deepEqual(heard, ["hello"]);
      }
    }
    assert.deepEqual(site.events.filter(({ type }) => type === "error" || type === "auth.revoked"), []);
    await site.auth.close();
  });

  test("closes the socket and emits auth.revoked for an invalid token, or another user's", async () => {
    const site = await tokenSite();
    await addUser(site.database, "bob");
    const cases: readonly (readonly [token: unknown, reason: string])[] = [
      ["x", "token_invalid"],
      [7, "token_invalid"],
      [undefined, "token_invalid"],
      [await tokenFor({ type: "refresh" }), "token_invalid"],
      [await tokenFor({ at: NOW - 3_600_000 }), "token_expired"],
      [await tokenFor({ userId: 3 }), "user_not_found"],
      [await tokenFor({ userId: 2 }), "credentials_conflict"],
    ];
    for (const headers of await loginsOf(site)) {
      for (const [token, reason] of cases) {
        const { say, transport, heard } = await opened(site, headers);
        assert.deepEqual(await say(message("authenticate", token)), []);
        assert.deepEqual([transport.end, heard], [[4401, reason], []]);
        const told = site.events.findLast((event) => event.type === "auth.revoked");
        assert.deepEqual([told?.code, told?.occasion, told?.userId], [reason, "message", 1]);
      }
    }
    await site.auth.close();
  });

  test("is refused with try_again_later during an outage, and while another one is checked", async () => {
    const site = await tokenSite();
    const [headers] = await loginsOf(site);
    const { say, transport, heard } = await opened(site, headers!);
    const text = message("authenticate", await tokenFor());
    site.database.fault = new DatabaseUnavailable("The database is away");
    assert.deepEqual(await say(text), [refused("try_again_later")]);
    assert.ok(site.events.some(({ type }) => type === "auth.unavailable"));
    site.database.fault = null;
    assert.deepEqual(await say(text, text), [refused("try_again_later"), AUTHENTICATED]);
    assert.deepEqual([transport.end, heard], [null, []]);
    await site.auth.close();
  });

  test("is refused with try_again_later if the socket is logged out meanwhile", async () => {
    const site = await tokenSite();
    const [headers] = await loginsOf(site);
    const { say, socket, transport } = await opened(site, headers!, { anonymous: () => true });
    const text = message("authenticate", await tokenFor());
    const [answers] = await Promise.all([say(text), socket.logout()]);
    assert.deepEqual(answers, [refused("try_again_later")]);
    assert.deepEqual(await say(text), [refused("not_authenticated")]);
    assert.deepEqual([socket.user, transport.end], [null, null]);
    await site.auth.close();
  });
});

test("djauth.authenticate on an open socket without a user does not log in", async () => {
  const site = await tokenSite();
  const { say, socket, transport, heard } = await opened(site, {}, { anonymous: () => true });
  for (const token of [await tokenFor(), "x"]) {
    assert.deepEqual(await say(message("authenticate", token)), [refused("not_authenticated")]);
  }
  assert.deepEqual([socket.user, transport.end, heard], [null, null, []]);
  await site.auth.close();
});

describe("an unsupported djauth message", () => {
  const cases: readonly (readonly [options: Options, types: string[]])[] = [
    [{ firstMessage: true, tokenRefresh: false }, ["refresh", "anything"]],
    [{ firstMessage: {}, tokenRefresh: true }, ["anything", "authenticated"]],
    [{ firstMessage: false, tokenRefresh: true }, ["authenticate", "anything"]],
  ];

  test("is refused without closing the socket, and is not delivered, whatever its token", async () => {
    const site = await tokenSite();
    for (const headers of await loginsOf(site)) {
      for (const [options, types] of cases) {
        const { say, transport, heard } = await opened(site, headers, options);
        const texts = types.flatMap((type) => [message(type, "x"), message(type)]);
        for (const text of [...texts, '{"type":"djauth.']) {
          assert.deepEqual(await say(text), [refused("not_authenticated")], text);
        }
        assert.deepEqual([transport.end, heard], [null, []]);
      }
    }
    await site.auth.close();
  });

  test("closes the socket after a hundred in a burst, since its client may not read the replies", async () => {
    const site = await tokenSite();
    const flood = Array<string>(101).fill('{"type":"djauth.');
    for (const headers of await loginsOf(site)) {
      const { say, transport } = await opened(site, headers);
      // The first is still being answered when the socket closes.
      assert.equal((await say(...flood)).length, 99);
      assert.deepEqual(transport.end, [1013, "try_again_later"]);
    }
    await site.auth.close();
  });

  test("counts against the same limit as accepted ones, which allows one more per second", async () => {
    const site = await tokenSite();
    const { say, transport } = await opened(site, { authorization: `Bearer ${await tokenFor()}` });
    const flood = Array<string>(99).fill('{"type":"djauth.');
    assert.deepEqual(await say(message("authenticate", await tokenFor())), [AUTHENTICATED]);
    assert.equal((await say(...flood)).length, 99);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.equal((await say(flood[0]!)).length, 1);
    assert.equal(transport.end, null);
    await say(...flood);
    assert.deepEqual(transport.end, [1013, "try_again_later"]);
    await site.auth.close();
  });

  test("is delivered to the application if firstMessage and tokenRefresh are off", async () => {
    const site = await tokenSite();
    for (const headers of await loginsOf(site)) {
      const { say, heard } = await opened(site, headers, { firstMessage: false });
      const texts = ["authenticate", "refresh", "anything"].map((type) => message(type, "x"));
      assert.deepEqual(await say(...texts), []);
      assert.deepEqual(heard, texts);
    }
    await site.auth.close();
  });
});
