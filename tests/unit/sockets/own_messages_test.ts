/** What comes of djauth's own messages on a socket that is open already, and that the application hears of none. */

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

/** A socket that these headers open, and what is said over it. */
interface Opened {
  readonly transport: FakeTransport;
  readonly socket: Guest;
  /** What the application heard. */
  readonly heard: unknown[];
  /** Sends text, and gives what was answered when all is quiet. */
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

/** The headers of both logins of ada's: the session in a cookie, and a token. */
async function loginsOf({ auth }: Site): Promise<Record<string, string>[]> {
  const response = await visit(auth, requestTo("/"), async (context) => {
    await auth.login(context, { userId: 1 }, { csrf: false });
  });
  return [
    { cookie: cookiesOf(response), origin: ORIGIN },
    { authorization: `Bearer ${await tokenFor()}` },
  ];
}

describe("djauth.authenticate on a socket that is open with a user", () => {
  test("is answered and changes nothing, as often as it comes", async () => {
    const site = await tokenSite();
    for (const headers of await loginsOf(site)) {
      for (const tokenRefresh of [false, true]) {
        const { say, socket, transport, heard } = await opened(site, headers, { tokenRefresh });
        const { user, session: { sessionKey } } = socket;
        // Beside a session, a token that ends soon shortens no life.
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

  test("closes it for a token that is not good, or another user's, and that is told", async () => {
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

  test("is to be sent again after an outage, and while another one is looked at", async () => {
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

  test("is to be sent again where the socket was logged out meanwhile", async () => {
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

test("djauth.authenticate on a socket that is open without a user makes no login of it", async () => {
  const site = await tokenSite();
  const { say, socket, transport, heard } = await opened(site, {}, { anonymous: () => true });
  for (const token of [await tokenFor(), "x"]) {
    assert.deepEqual(await say(message("authenticate", token)), [refused("not_authenticated")]);
  }
  assert.deepEqual([socket.user, transport.end, heard], [null, null, []]);
  await site.auth.close();
});

describe("a message of djauth's that is not taken", () => {
  const cases: readonly (readonly [options: Options, types: string[]])[] = [
    [{ firstMessage: true, tokenRefresh: false }, ["refresh", "anything"]],
    [{ firstMessage: {}, tokenRefresh: true }, ["anything", "authenticated"]],
    [{ firstMessage: false, tokenRefresh: true }, ["authenticate", "anything"]],
  ];

  test("is refused and closes nothing, and is not delivered, whatever token is in it", async () => {
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

  test("closes a socket whose client goes on with them: it may read none of the answers", async () => {
    const site = await tokenSite();
    const flood = Array<string>(101).fill('{"type":"djauth.');
    for (const headers of await loginsOf(site)) {
      const { say, transport } = await opened(site, headers);
      for (const text of flood.slice(1)) assert.deepEqual(await say(text), [refused("not_authenticated")]);
      assert.equal(transport.end, null);
      assert.deepEqual(await say(flood[0]!), []);
      assert.deepEqual(transport.end, [4401, "not_authenticated"]);
      // Also all at once.
      const other = await opened(site, headers);
      assert.equal((await other.say(...flood)).length, 100);
      assert.equal(other.transport.end?.[0], 4401);
    }
    await site.auth.close();
  });

  test("is forgotten with the next one that is taken", async () => {
    const site = await tokenSite();
    const { say, transport } = await opened(site, { authorization: `Bearer ${await tokenFor()}` });
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 60; count++) await say('{"type":"djauth.');
      assert.deepEqual(await say(message("authenticate", await tokenFor())), [AUTHENTICATED]);
    }
    assert.equal(transport.end, null);
    await site.auth.close();
  });

  test("is the application's where nothing of the family is switched on", async () => {
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
