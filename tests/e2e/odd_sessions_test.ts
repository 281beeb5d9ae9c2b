/** Correctly signed sessions with odd contents are read as in Django or refused: never another user, never an error. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

/** User ids in odd forms, as JSON text. */
const IDS: Readonly<Record<string, (pk: number) => string>> = {
  "the number itself": (pk) => `${pk}`,
  "with spaces": (pk) => `" ${pk} "`,
  "with leading zeros": (pk) => `"00${pk}"`,
  "with an underscore": (pk) => `"0_${pk}"`,
  "with a plus": (pk) => `"+${pk}"`,
  "in digits of another script": (pk) =>
    `"${String(pk).replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)))}"`,
  "with a fraction": (pk) => `${pk}.75`,
  "with a fraction of zero": (pk) => `${pk}.0`,
  "text with a fraction": (pk) => `"${pk}.0"`,
  "with an exponent": (pk) => `"${pk}e0"`,
  "with a newline": (pk) => `"${pk}\\n"`,
  "with a NUL": (pk) => `"${pk}\\u0000"`,
  "true": () => "true",
  "false": () => "false",
  "null": () => "null",
  "empty": () => '""',
  "a list": (pk) => `[${pk}]`,
  "a list of text": (pk) => `["${pk}"]`,
  "an object": (pk) => `{"id":${pk}}`,
  "beyond the column": (pk) => `"${2 ** 32 + pk}"`,
  "far beyond the column": () => `"${"9".repeat(400)}"`,
  "a big integer": () => "9".repeat(400),
  "negative": (pk) => `"-${pk}"`,
  "NaN": () => "NaN",
  "infinite": () => "Infinity",
};

describe("a session with an odd user id", needsOracle, () => {
  for (const [name, id] of Object.entries(IDS)) {
    test(`${name}: yields the user that Django finds, or none`, async () => {
      const person = await newPerson();
      const cookie = await cookieOf(person, { json: `{"_auth_user_id":${id(person.pk)}}` });
      const events = new EventLog();
      await served(siteAuth({ onEvent: events.listen }), { websocket: {} }, async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
        const response = await new Browser(url, cookie).fetch("/");
        assert.equal(response.status, 200);
        const { user } = await response.json();
        if (user !== null) assert.equal(user, (await django().whoami(cookie)).user?.username);
        const end = await (user === null ? socket.ended : socket.close());
        assert.equal(end.code, user === null ? 4401 : 1000);
        // Only text is reported, since Django writes text, and not a negative number, which its column could hold.
        const isTold = user === null && id(person.pk).startsWith('"') && name !== "negative";
        const trouble = { type: "session.trouble", code: "user_id_malformed" };
        assert.deepEqual(events.trouble, isTold ? [trouble] : []);
      });
    });
  }
});

describe("a session whose signed data is not an object", needsOracle, () => {
  for (
    const json of ["[1,2]", '"text"', "7", "null", "true", "1.5", "NaN", "[]", '[["_auth_user_id","1"]]']
  ) {
    test(`${json} has no user, and can be replaced by a login`, async () => {
      const person = await newPerson();
      const key = `odd${crypto.randomUUID().replaceAll("-", "").slice(3)}`;
      await django().writeRawSession(key, await django().encodeSession(json));
      const events = new EventLog();
      await served(siteAuth({ onEvent: events.listen }), { websocket: {} }, async ({ url, host }) => {
        const browser = new Browser(url, `sessionid=${key}`);
        const socket = await upgrade(host, { headers: [["cookie", browser.cookie], ["origin", url]] });
        assert.deepEqual(await socket.ended, { code: 4401, reason: "not_authenticated" });
        assert.deepEqual(await browser.whoami(), { user: null, refusal: "not_authenticated" });
        await browser.login(person);
        assert.equal((await django().whoami(browser.cookie)).user?.username, person.username);
        assert.deepEqual(events.trouble, [{ type: "session.trouble", code: "undecodable" }]);
      });
    });
  }
});

describe("a row that holds no valid session", needsOracle, () => {
  for (const data of ["", "x", ":::", "a:b:c", ".eJw:1rK:x", "\u00e9", "e30", `${"a".repeat(10_000)}:1:b`]) {
    test(`${JSON.stringify(data.slice(0, 12))} has no user, as in Django`, async () => {
      const key = `raw${crypto.randomUUID().replaceAll("-", "").slice(3)}`;
      await django().writeRawSession(key, data);
      const events = new EventLog();
      await served(siteAuth({ onEvent: events.listen }), {}, async ({ url }) => {
        const response = await new Browser(url, `sessionid=${key}`).fetch("/");
        assert.equal((await response.json()).user, null);
        const theirs = await django().whoami(`sessionid=${key}`);
        assert.equal(theirs.user, null);
        assert.deepEqual(response.headers.getSetCookie(), theirs.set_cookies);
        assert.equal(await django().sessionExists(key), true);
        assert.deepEqual(events.trouble, [{ type: "session.trouble", code: "bad_signature" }]);
      });
    });
  }

  test("a session signed with another salt has no user", async () => {
    const person = await newPerson();
    const key = keyIn(await cookieOf(person));
    const { json } = (await django().readSession(key))!;
    await django().writeRawSession(key, await django().encodeSession(json, "another.salt"));
    await served(siteAuth(), {}, async ({ url }) => {
      assert.equal((await new Browser(url, `sessionid=${key}`).whoami()).user, null);
    });
    await served(siteAuth({ session: { keySalt: "another.salt" } }), {}, async ({ url }) => {
      assert.equal((await new Browser(url, `sessionid=${key}`).whoami()).user, person.username);
    });
  });
});
