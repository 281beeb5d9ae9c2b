/** Bad input to a registration, a profile or a password change is refused cheaply, and not as a server error. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewUser } from "../../src/auth/login/accounts.ts";
import type { RequestContext } from "../../src/auth/request/context.ts";
import type { DjangoUserRow } from "../../src/users/user_table.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, PASSWORD, served, siteAuth } from "./site.ts";

const NEW_PASSWORD = "another-Horse-2";

/** A site whose registration page passes on any JSON. */
async function registering(
  work: (register: (values: object) => Promise<Response>, events: EventLog) => Promise<void>,
): Promise<void> {
  const events = new EventLog();
  const auth = siteAuth({ onEvent: events.listen });
  const fetch = async (request: Request, context: RequestContext) => {
    const values = await request.json() as NewUser<DjangoUserRow>;
    const before = performance.now();
    try {
      await auth.register(context, values, { csrf: false });
    } catch (error) {
      elapsed = performance.now() - before;
      throw error;
    }
    return new Response("made", { status: 201 });
  };
  await served(auth, { fetch }, async ({ url }) => {
    const register = (values: object) =>
      new Browser(url).fetch("/", { method: "POST", body: JSON.stringify(values) });
    await work(register, events);
  });
}

/** Milliseconds that the last refused registration took. */
let elapsed = 0;

describe("a registration", needsOracle, () => {
  test("with a long username of combining marks out of order is refused quickly", async () => {
    await registering(async (register, events) => {
      await register({ username: "", password: "warm" });
      const response = await register({ username: "\u0301\u0316".repeat(100_000), password: PASSWORD });
      assert.equal(response.status, 400);
      assert.equal((await response.json()).code, "invalid_user");
      assert.ok(elapsed < 200, `${elapsed} ms`);
      assert.deepEqual(events.all, []);
    });
  });

  for (
    const [name, values] of Object.entries({
      "a username longer than its column": { username: "x".repeat(200) },
      "a username that is longer than its column once it is normalised": { username: "ﷺ".repeat(100) },
      "a NUL in the username": { username: "a\0b" },
      "a lone surrogate in the username": { username: `half-${"\ud800"}` },
      "no username": {},
      "an empty username": { username: "" },
      "null for a username": { username: null },
      "a number for a username": { username: 7 },
      "a list for a username": { username: ["x"] },
      "a first name longer than its column": {
        username: `n-${crypto.randomUUID()}`,
        first_name: "x".repeat(151),
      },
      "a lone surrogate in the first name": {
        ...{ username: `n-${crypto.randomUUID()}`, first_name: "Ad\ud800" },
      },
      "a lone surrogate in the last name": { username: `n-${crypto.randomUUID()}`, last_name: "\udc00" },
      "a lone surrogate in the address": {
        ...{ username: `n-${crypto.randomUUID()}`, email: "a\ud800@example.com" },
      },
      "a lone surrogate in the password": {
        username: `n-${crypto.randomUUID()}`,
        password: `${PASSWORD}\ud800`,
      },
      "a NUL in the address": { username: `n-${crypto.randomUUID()}`, email: "a\0@example.com" },
    })
  ) {
    test(`with ${name} gets 400 invalid_user`, async () => {
      await registering(async (register, events) => {
        const response = await register({ password: PASSWORD, ...values });
        const body = await response.json();
        assert.deepEqual([response.status, body.code], [400, "invalid_user"], JSON.stringify(body));
        assert.deepEqual(response.headers.getSetCookie(), []);
        assert.deepEqual(events.all, []);
        const { username } = values as { username?: unknown };
        if (typeof username === "string" && username.startsWith("n-")) {
          assert.equal(await django().findUser(username), null);
        }
      });
    });
  }

  test("with a username as long as its column succeeds", async () => {
    const username = crypto.randomUUID().padEnd(150, "é");
    await registering(async (register) => {
      assert.equal((await register({ username, password: PASSWORD })).status, 201);
      assert.equal((await django().findUser(username))?.username, username);
    });
  });
});

test(
  "a profile value that is too long for its column gets 400 invalid_user",
  needsOracle,
  async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const events = new EventLog();
    const auth = siteAuth({ onEvent: events.listen });
    const fetch = async (request: Request, context: RequestContext) => {
      const user = (await context.user())!;
      user.first_name = await request.text();
      await user.save(["first_name"]);
      return new Response("saved");
    };
    await served(auth, { fetch }, async ({ url }) => {
      const response = await new Browser(url, cookie).fetch("/", { method: "POST", body: "x".repeat(151) });
      const { code, detail } = await response.json();
      assert.deepEqual([response.status, code, detail], [
        400,
        "invalid_user",
        "The value of first_name is too long or cannot be stored",
      ]);
      assert.deepEqual(events.all, []);
      const longest = "é".repeat(150);
      assert.equal(
        (await new Browser(url, cookie).fetch("/", { method: "POST", body: longest })).status,
        200,
      );
      assert.equal((await django().getUser(person.pk))?.columns.first_name, longest);
    });
  },
);

describe("a password change", needsOracle, () => {
  for (const newPassword of [null, undefined, 7, ["x"]] as unknown[]) {
    test(`to ${newPassword} gets 500, is reported as a TypeError, and changes nothing`, async () => {
      const person = await newPerson();
      const cookie = await cookieOf(person);
      const events = new EventLog();
      const auth = siteAuth({ onEvent: events.listen });
      const fetch = async (_request: Request, context: RequestContext) => {
        const passwords = { oldPassword: PASSWORD, newPassword: newPassword as string };
        await auth.changePassword(context, passwords, { csrf: false });
        return new Response("changed");
      };
      await served(auth, { fetch }, async ({ url }) => {
        assert.equal((await new Browser(url, cookie).fetch("/", { method: "POST" })).status, 500);
        const [event] = events.all;
        assert.ok(event?.type === "error" && event.error instanceof TypeError, JSON.stringify(events.all));
        assert.equal((await django().getUser(person.pk))?.columns.password, person.encoded);
        assert.equal(await django().sessionExists(keyIn(cookie)), true);
      });
    });
  }

  test("to a password with a lone surrogate gets 400 invalid_user and changes nothing", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    const events = new EventLog();
    const auth = siteAuth({ onEvent: events.listen });
    const fetch = async (_request: Request, context: RequestContext) => {
      const passwords = { oldPassword: PASSWORD, newPassword: `${NEW_PASSWORD}\ud800` };
      await auth.changePassword(context, passwords, { csrf: false });
      return new Response("changed");
    };
    await served(auth, { fetch }, async ({ url }) => {
      const response = await new Browser(url, cookie).fetch("/", { method: "POST" });
      assert.deepEqual([response.status, (await response.json()).code], [400, "invalid_user"]);
      assert.equal((await django().getUser(person.pk))?.columns.password, person.encoded);
      assert.deepEqual(events.all, []);
    });
  });

  test("sent twice at once with the same old password succeeds once, and the other session ends", async () => {
    for (let round = 0; round < 5; round++) {
      const person = await newPerson();
      const auth = siteAuth();
      const arrived = Promise.withResolvers<void>();
      let waiting = 0;
      const fetch = async (request: Request, context: RequestContext) => {
        if (request.method === "GET") return Response.json((await context.user())?.username ?? null);
        // Both have read their user before either changes anything.
        await context.user();
        if (++waiting === 2) arrived.resolve();
        await arrived.promise;
        const newPassword = new URL(request.url).searchParams.get("to")!;
        await auth.changePassword(context, { oldPassword: PASSWORD, newPassword }, { csrf: false });
        return new Response(null, { status: 204 });
      };
      await served(auth, { fetch }, async ({ url }) => {
        const browsers = [new Browser(url, await cookieOf(person)), new Browser(url, await cookieOf(person))];
        const targets = [NEW_PASSWORD, "third-Horse-3"];
        const answers = await Promise.all(
          browsers.map((browser, index) => browser.fetch(`/?to=${targets[index]}`, { method: "POST" })),
        );
        assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 401]);
        const winner = answers[0]!.status === 204 ? 0 : 1;
        const encoded = String((await django().getUser(person.pk))?.columns.password);
        assert.equal(await django().checkPassword(targets[winner]!, encoded), true);
        const users = await Promise.all(browsers.map(async (browser) => (await browser.fetch("/")).json()));
        assert.deepEqual(users, winner === 0 ? [person.username, null] : [null, person.username]);
      });
    }
  });
});
