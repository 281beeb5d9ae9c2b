/**
 * Whatever ends a login in Django closes the sockets that depend on it, and no others: at once with the triggers, and
 * within an interval without them.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DjangoAuthOptions } from "../../src/auth/options/options.ts";
import type { DjangoAuth } from "../../src/django_auth.ts";
import { needsOracle } from "../ground/oracle.ts";
import {
  cookieOf,
  django,
  EventLog,
  keyIn,
  newPerson,
  PASSWORD,
  type Person,
  served,
  siteAuth,
} from "./site.ts";
import { upgrade, type WireSocket } from "./wire.ts";

/** Seconds; short to keep the tests quick. */
const INTERVAL = 0.5;

/** How a node learns of changes, and the milliseconds that this may take after Django's response. */
const WAYS: readonly {
  name: string;
  bound: number;
  sockets: NonNullable<DjangoAuthOptions["sockets"]>;
}[] = [
  {
    name: "by re-validation alone",
    bound: (INTERVAL + 1) * 1000,
    sockets: { revalidateInterval: INTERVAL, feed: false },
  },
  { name: "by the feed alone", bound: 1000, sockets: { revalidateInterval: 0 } },
];

/** A user with two logins and a socket on each. */
interface Visit {
  readonly person: Person;
  readonly cookies: readonly [string, string];
  readonly sockets: readonly [WireSocket, WireSocket];
  readonly auth: DjangoAuth;
  readonly log: EventLog;
}

for (const { name, bound, sockets } of WAYS) {
  describe(`sockets follow changes in Django ${name}`, needsOracle, () => {
    async function visit(work: (visit: Visit) => Promise<void>, columns: object = {}): Promise<void> {
      const log = new EventLog();
      const auth = siteAuth({ sockets, onEvent: log.listen });
      if (sockets.feed !== false) await auth.triggers.install();
      const websocket = { message: (socket: { send(text: string): void }) => socket.send("here") };
      await served(auth, { websocket }, async ({ url, host }) => {
        const person = await newPerson({ ...columns });
        const cookies = [await cookieOf(person), await cookieOf(person)] as const;
        const open = (cookie: string) => upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
        const opened = [await open(cookies[0]), await open(cookies[1])] as const;
        if (sockets.feed !== false) await until(() => log.all.some(({ type }) => type === "feed.restored"));
        await work({ person, cookies, sockets: opened, auth, log });
        assert.deepEqual(log.trouble, []);
        for (const socket of opened) socket.destroy();
        await until(() => auth.sockets.count === 0);
      });
    }

    /** Waits for an end, and asserts that it came in time. */
    async function soon<Result>(end: Promise<Result>): Promise<Result> {
      const start = performance.now();
      const result = await end;
      const took = performance.now() - start;
      assert.ok(took < bound, `it took ${Math.round(took)} ms`);
      return result;
    }

    /** Asserts that both sockets end for this reason, in time. */
    async function bothEnd({ sockets, auth, log, person }: Visit, reason: string): Promise<void> {
      const ends = await soon(Promise.all(sockets.map(({ ended }) => ended)));
      assert.deepEqual(ends, [{ code: 4401, reason }, { code: 4401, reason }]);
      await until(() => auth.sockets.count === 0);
      const revoked = log.all.filter((event) => event.type === "auth.revoked");
      assert.deepEqual(revoked.map(({ code }) => code), [reason, reason]);
      assert.deepEqual(revoked.map(({ userId }) => userId), [person.pk, person.pk]);
    }

    test("a logout in Django closes the sockets of that session, and no others", async () => {
      await visit(async ({ cookies, sockets: [one, other], auth, person }) => {
        await django().logout(cookies[0]);
        assert.deepEqual(await soon(one.ended), { code: 4401, reason: "session_ended" });
        await until(() => auth.sockets.count === 1);
        other.send("are you there?");
        assert.equal(await other.receive(), "here");
        assert.deepEqual(auth.sockets.ofUser(person.pk), [...auth.sockets]);
        assert.equal(auth.sockets.ofSession(keyIn(cookies[1])).length, 1);
        assert.deepEqual(auth.sockets.ofSession(keyIn(cookies[0])), []);
      });
    });

    test("a session that a Django view flushes closes its sockets, and no others", async () => {
      await visit(async ({ cookies, sockets: [one, other] }) => {
        await django().ask("session.flush", { session_key: keyIn(cookies[0]) });
        assert.deepEqual(await soon(one.ended), { code: 4401, reason: "session_ended" });
        other.send("are you there?");
        assert.equal(await other.receive(), "here");
      });
    });

    test("a changed password closes all of the user's sockets", () =>
      visit(async (visit) => {
        await django().setPassword(visit.person.pk, "another-Horse-2");
        await bothEnd(visit, "password_changed");
      }));

    test("the user's own password change closes the sockets of the session in use with session_ended", async () => {
      // With Django's own iterations: otherwise its form would rehash the old password first, which ends all sessions.
      const password = await django().makePassword(PASSWORD);
      await visit(async ({ cookies, sockets: [own, other] }) => {
        await django().changePassword(cookies[0], PASSWORD, "another-Horse-2");
        const ends = await soon(Promise.all([own.ended, other.ended]));
        assert.deepEqual(ends, [
          { code: 4401, reason: "session_ended" },
          { code: 4401, reason: "password_changed" },
        ]);
      }, { password });
    });

    test("deactivating a user closes all of the user's sockets", () =>
      visit(async (visit) => {
        await django().updateUser(visit.person.pk, { is_active: false });
        await bothEnd(visit, "user_inactive");
      }));

    test("deleting a user closes all of the user's sockets", () =>
      visit(async (visit) => {
        await django().deleteUser(visit.person.pk);
        await bothEnd(visit, "user_not_found");
      }));

    test("clearsessions closes the sockets of the sessions that it deletes", () =>
      visit(async (visit) => {
        // In one transaction: a revalidation in between would find the expired session still there.
        await django().clearExpired(visit.cookies.map(keyIn));
        await bothEnd(visit, "session_ended");
      }));

    test("a change of is_staff calls onIdentityChange, and closes no socket", async () => {
      const told: (boolean | undefined)[] = [];
      const auth = siteAuth({ sockets });
      if (sockets.feed !== false) await auth.triggers.install();
      const websocket = {
        onIdentityChange(socket: { user: { is_staff: boolean }; send(text: string): void }, before: object) {
          told.push((before as { is_staff: boolean }).is_staff, socket.user.is_staff);
          socket.send("changed");
        },
      };
      await served(auth, { websocket }, async ({ url, host }) => {
        const person = await newPerson();
        const socket = await upgrade(host, {
          headers: [["cookie", await cookieOf(person)], ["origin", url]],
        });
        await until(() => auth.sockets.count === 1);
        await django().updateUser(person.pk, { is_staff: true });
        assert.equal(await socket.receive(), "changed");
        assert.deepEqual(told, [false, true]);
        await socket.close();
      });
    });
  });
}

for (const feed of [false, true]) {
  describe(
    `the expiry of a session, without revalidation and with${feed ? "" : "out"} the feed`,
    needsOracle,
    () => {
      async function quietAuth(): Promise<DjangoAuth> {
        const auth = siteAuth({ sockets: { revalidateInterval: 0, feed } });
        if (feed) await auth.triggers.install();
        return auth;
      }

      test("closes its sockets", async () => {
        const auth = await quietAuth();
        await served(auth, { websocket: {} }, async ({ url, host }) => {
          const cookie = await cookieOf(await newPerson(), { expiry: 2 });
          const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
          assert.equal(auth.sockets.count, 1);
          assert.deepEqual(await socket.ended, { code: 4401, reason: "session_expired" });
        });
      });

      test("is read again before a socket is closed, since Django may have extended it", async () => {
        const auth = await quietAuth();
        const websocket = { message: (socket: { send(text: string): void }) => socket.send("here") };
        await served(auth, { websocket }, async ({ url, host }) => {
          const cookie = await cookieOf(await newPerson(), { expiry: 1 });
          const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
          await django().setSession(keyIn(cookie), { expiry: 3 });
          await new Promise((resolve) => setTimeout(resolve, 1800));
          socket.send("are you there?");
          assert.equal(await socket.receive(), "here");
          assert.deepEqual(await socket.ended, { code: 4401, reason: "session_expired" });
        });
      });
    },
  );
}

/** Waits at most three seconds for a condition. */
async function until(condition: () => boolean): Promise<void> {
  for (let times = 0; times < 300 && !condition(); times++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(condition(), "what should happen soon did not");
}
