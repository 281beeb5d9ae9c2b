/** One login for both sides: a user who is logged in at Django is logged in here, and the other way round. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, keyIn, newPerson, PASSWORD, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

const websocket = {
  open(socket: { user: { username: string }; send(text: string): void }): void {
    socket.send(socket.user.username);
  },
};

describe("a login is shared with Django", needsOracle, () => {
  test("a user who logs in at Django's page is logged in here, over HTTP and over a socket", async () => {
    const person = await newPerson();
    const { cookie } = await django().login(person.username, PASSWORD);
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      assert.deepEqual(await new Browser(url, cookie).whoami(), { user: person.username, refusal: null });
      const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
      assert.equal(await socket.receive(), person.username);
      assert.deepEqual(await socket.close(), { code: 1000, reason: "" });
    });
  });

  test("a user who logs in here is logged in for Django's request.user and its admin", async () => {
    const person = await newPerson({ is_staff: true, is_superuser: true });
    await served(siteAuth(), {}, async ({ url }) => {
      const browser = new Browser(url);
      const response = await browser.login(person);
      assert.deepEqual(await response.json(), { user: person.username });
      const { cookie } = browser;
      assert.deepEqual((await django().whoami(cookie)).user, {
        pk: String(person.pk),
        username: person.username,
      });
      const admin = await django().request({ path: "/admin/", headers: { cookie } });
      assert.equal(admin.status, 200);
      assert.ok(admin.body.includes(person.username));
    });
  });

  test("a logout here ends the Django session and deletes the cookie, and the old cookie opens no socket", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const browser = new Browser(url, cookie);
      assert.equal((await browser.post("/logout")).status, 204);
      assert.equal(browser.cookies.has("sessionid"), false);
      assert.equal((await django().whoami(cookie)).user, null);
      assert.equal(await django().sessionExists(keyIn(cookie)), false);
      const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
    });
  });

  test("a logout at Django ends the session here, and the next upgrade is refused", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      assert.equal((await new Browser(url, cookie).whoami()).user, person.username);
      await django().logout(cookie);
      assert.deepEqual(await new Browser(url, cookie).whoami(), { user: null, refusal: "session_ended" });
      const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
      assert.deepEqual(await socket.ended, { code: 4401, reason: "session_ended" });
    });
  });

  test("the runtime's own WebSocket opens a socket, and gets the close code of a refused one", async () => {
    const person = await newPerson();
    const cookie = await cookieOf(person);
    await served(siteAuth(), { websocket }, async ({ url }) => {
      // deno-lint-ignore no-explicit-any -- both runtimes take headers here, and no standard does
      const Client = WebSocket as any;
      const outcome = (origin: string) =>
        new Promise((resolve) => {
          const socket = new Client(url.replace("http", "ws"), { headers: { cookie, origin } });
          socket.onmessage = ({ data }: MessageEvent) => {
            socket.close();
            resolve(data);
          };
          socket.onclose = ({ code, reason }: CloseEvent) => resolve({ code, reason });
        });
      assert.equal(await outcome(url), person.username);
      assert.deepEqual(await outcome("http://evil.example"), { code: 4403, reason: "origin_not_allowed" });
    });
  });
});
