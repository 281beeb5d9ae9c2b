/** Newer tokens sent as messages on an open socket: they must be valid and of the same user. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, EventLog, newPerson, served } from "./site.ts";
import {
  bearer,
  blacklistAccess,
  djangoToken,
  ECHO,
  open,
  QUICK_ROUNDS,
  simplejwt,
  tokenAuth,
} from "./token_site.ts";

const refresh = (token: string) => JSON.stringify({ type: "djauth.refresh", token });
const ALONE = { revalidateInterval: 0, feed: false } as const;

describe("a newer token on a socket", needsOracle, () => {
  const short = { ACCESS_TOKEN_LIFETIME: 2 };

  test("keeps it open even if sent within the grace period, and is not delivered", async () => {
    const auth = tokenAuth({ socketGrace: 1.5 }, { sockets: ALONE });
    await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const first = await djangoToken(person, "access", short);
      const { exp } = JSON.parse(await simplejwt().decode(first));
      const socket = await open(host, bearer(first));
      await socket.receive();
      // The first token has expired, but its grace period has not.
      await sleep(exp * 1000 + 500 - Date.now());
      const second = await djangoToken(person, "access", { ACCESS_TOKEN_LIFETIME: 3 });
      const ends = JSON.parse(await simplejwt().decode(second)).exp;
      socket.send(refresh(second));
      assert.deepEqual(JSON.parse(await socket.receive()), { type: "djauth.refreshed", expires: ends });
      socket.send("still here");
      assert.equal(await socket.receive(), "said still here");
      assert.deepEqual(await socket.ended, { code: 4401, reason: "token_expired" });
      const late = Date.now() / 1000 - ends;
      assert.ok(late >= 1.5 && late < 3, `${late} seconds after the second exp`);
    });
  });

  test("sent in time keeps it open when the first token expires", async () => {
    const auth = tokenAuth({ socketGrace: 0 }, { sockets: ALONE });
    await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const first = await djangoToken(person, "access", short);
      const socket = await open(host, bearer(first));
      await socket.receive();
      socket.send(refresh(await djangoToken(person, "access", { ACCESS_TOKEN_LIFETIME: 60 })));
      assert.equal(JSON.parse(await socket.receive()).type, "djauth.refreshed");
      await sleep(2700);
      socket.send("still here");
      assert.equal(await socket.receive(), "said still here");
      await socket.close();
    });
  });

  test("sent after the grace period finds it closed, and an expired one closes it", async () => {
    const log = new EventLog();
    const auth = tokenAuth({ socketGrace: 0 }, { sockets: ALONE, onEvent: log.listen });
    await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const [late, early] = await Promise.all([
        djangoToken(person, "access", { ACCESS_TOKEN_LIFETIME: 1 }),
        djangoToken(person),
      ]);
      const [over, living] = [await open(host, bearer(late)), await open(host, bearer(early))];
      assert.deepEqual(await over.ended, { code: 4401, reason: "token_expired" });
      over.send(refresh(early));
      assert.equal(auth.sockets.count, 1);
      await living.receive();
      living.send(refresh(late));
      assert.deepEqual(await living.ended, { code: 4401, reason: "token_expired" });
      const told = log.all.filter((event) => event.type === "auth.revoked");
      assert.deepEqual(told.map(({ code, occasion, userId }) => [code, occasion, userId]), [
        ["token_expired", "expiry", person.pk],
        ["token_expired", "message", person.pk],
      ]);
    });
  });

  test("is accepted and not delivered, however its JSON is formatted", async () => {
    await served(tokenAuth(), { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const token = await djangoToken(await newPerson());
      const socket = await open(host, bearer(token));
      await socket.receive();
      for (
        const text of [
          `{"type": "djauth.refresh", "token": "${token}"}`,
          `{"token":"${token}","type":"djauth.refresh"}`,
          JSON.stringify({ id: 1, token, type: "djauth.refresh" }, null, 2),
        ]
      ) {
        socket.send(text);
        assert.equal(JSON.parse(await socket.receive()).type, "djauth.refreshed", text);
      }
      socket.send('{"type":"chat","text":"say \\"djauth.refresh\\""}');
      assert.match(await socket.receive(), /^said \{"type":"chat"/);
      await socket.close();
    });
  });

  test("sent while another is being checked gets try_again_later", async () => {
    await served(tokenAuth(), { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const socket = await open(host, bearer(await djangoToken(person)));
      await socket.receive();
      const message = refresh(await djangoToken(person));
      for (let times = 0; times < 20; times++) socket.send(message);
      const told = new Set<string>();
      for (let times = 0; times < 20; times++) {
        const { type, reason } = JSON.parse(await socket.receive());
        told.add(reason ?? type);
      }
      // Each gets a reply, whichever of them arrived during the check of another.
      assert.deepEqual([...told].sort(), ["djauth.refreshed", "try_again_later"]);
      await socket.close();
    });
  });

  test("closes it with token_revoked if the token is blacklisted", async () => {
    await served(tokenAuth(), { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const [token, revoked] = [await djangoToken(person), await djangoToken(person)];
      await blacklistAccess(revoked);
      const socket = await open(host, bearer(token));
      await socket.receive();
      socket.send(refresh(revoked));
      await assert.rejects(socket.receive(), { message: "the socket ended with 4401 token_revoked" });
    });
  });

  test("closes it if the token is invalid or of another user, which is reported", async () => {
    const log = new EventLog();
    await served(
      tokenAuth({}, { onEvent: log.listen }),
      { websocket: { ...ECHO, tokenRefresh: true } },
      async ({ host }) => {
        const person = await newPerson();
        const token = await djangoToken(person);
        const cases = [
          [refresh(await djangoToken(await newPerson())), "credentials_conflict"],
          [refresh("x"), "token_invalid"],
          [refresh(await djangoToken(person, "refresh")), "token_invalid"],
          ['{"type":"djauth.refresh"}', "token_invalid"],
        ] as const;
        for (const [message, reason] of cases) {
          const socket = await open(host, bearer(token));
          await socket.receive();
          socket.send(message);
          assert.deepEqual(await socket.ended, { code: 4401, reason });
          const told = log.all.findLast((event) => event.type === "auth.revoked");
          assert.deepEqual([told?.code, told?.occasion, told?.userId], [reason, "message", person.pk]);
        }
      },
    );
  });

  test("is delivered without tokenRefresh, and refused on a socket of a session", async () => {
    const person = await newPerson();
    const token = await djangoToken(person);
    await served(tokenAuth(), { websocket: ECHO }, async ({ host }) => {
      const socket = await open(host, bearer(token));
      await socket.receive();
      socket.send(refresh(token));
      assert.equal(await socket.receive(), `said ${refresh(token)}`);
    });
    await served(tokenAuth(), { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host, url }) => {
      const socket = await open(host, { cookie: await cookieOf(person), origin: url });
      await socket.receive();
      socket.send(refresh(token));
      assert.deepEqual(JSON.parse(await socket.receive()), {
        type: "djauth.refused",
        reason: "not_authenticated",
      });
    });
  });

  test("replaces the first one: from then on only its own revocation closes the socket", async () => {
    const auth = tokenAuth({ authTokenClasses: ["sliding"] }, { sockets: QUICK_ROUNDS });
    await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
      const person = await newPerson();
      const [first, second] = [await djangoToken(person, "sliding"), await djangoToken(person, "sliding")];
      const socket = await open(host, bearer(first));
      await socket.receive();
      socket.send(refresh(second));
      await socket.receive();
      await simplejwt().blacklist(first, "sliding");
      await sleep(700);
      socket.send("still here");
      assert.equal(await socket.receive(), "said still here");
      await simplejwt().blacklist(second, "sliding");
      assert.deepEqual(await socket.ended, { code: 4401, reason: "token_revoked" });
    });
  });
});
