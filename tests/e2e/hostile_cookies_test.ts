/** Hostile cookies are read as Django reads them or refused, and never cause an error; gibberish costs no query. */

import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import type { Database } from "../../src/database.ts";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, django, EventLog, keyIn, newPerson, served, siteAuth } from "./site.ts";
import { send, upgrade } from "./wire.ts";

/** Cookie headers made from a valid session key. */
const HEADERS: Readonly<Record<string, (key: string) => string>> = {
  "a good one": (key) => `sessionid=${key}`,
  "a good one among others": (key) => `a=b; sessionid=${key}; theme=dark`,
  "quoted": (key) => `sessionid="${key}"`,
  "quoted, with octal escapes": (key) =>
    `sessionid="\\${key.charCodeAt(0).toString(8).padStart(3, "0")}${key.slice(1)}"`,
  "quoted only at the start": (key) => `sessionid="${key}`,
  "percent-encoded": (key) => `sessionid=%${key.charCodeAt(0).toString(16)}${key.slice(1)}`,
  "twice, the good one last": (key) => `sessionid=${"x".repeat(32)}; sessionid=${key}`,
  "twice, the good one first": (key) => `sessionid=${key}; sessionid=${"x".repeat(32)}`,
  "with spaces around": (key) => `sessionid = ${key} `,
  "another case of the name": (key) => `SessionID=${key}`,
  "forged": () => `sessionid=${"f".repeat(32)}`,
  "truncated": (key) => `sessionid=${key.slice(0, 31)}`,
  "one character changed": (key) => `sessionid=${key.slice(0, 31)}${key.endsWith("a") ? "b" : "a"}`,
  "one character more": (key) => `sessionid=${key}a`,
  "in capitals": (key) => `sessionid=${key.toUpperCase()}`,
  "a comma in the place of the semicolon": (key) => `a=b, sessionid=${key}`,
  "with a LIKE pattern": () => `sessionid=${"_".repeat(32)}`,
};

/** Cookie headers that cannot name a session: they must not cost a query. */
const GIBBERISH: Readonly<Record<string, string>> = {
  "empty": "sessionid=",
  "empty in quotes": 'sessionid=""',
  "no value": "sessionid",
  "short": "sessionid=abcdefg",
  "octal NUL in quotes": 'sessionid="aaaaaaaaaaaaaaaa\\000aaaaaaaaaaaaaaaa"',
  "octal newline in quotes": 'sessionid="aaaaaaaaaaaaaaaa\\012aaaaaaaaaaaaaaaa"',
  "beyond ASCII": "sessionid=\u00e9\u00fc\u00ff\u0080aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "broken UTF-8": "sessionid=\u00c3\u0028\u00ff\u00fe\u00ed\u00a0\u0080aaaaaaaaaaaaaaaaaaaaaaaaa",
  "oversized": `sessionid=${"a".repeat(8000)}`,
  "forty-one characters": `sessionid=${"a".repeat(41)}`,
  "with a space": "sessionid=aaaaaaaa aaaaaaaa",
  "with a tab": "sessionid=aaaaaaaa\taaaaaaaa",
  "many": "a=".repeat(3000),
  "only separators": ";;;;=;=;",
};

describe("a hostile Cookie header", needsOracle, () => {
  for (const [name, header] of Object.entries(HEADERS)) {
    test(`${name}: yields the same user as in Django`, async () => {
      const person = await newPerson();
      const cookie = header(keyIn(await cookieOf(person)));
      const events = new EventLog();
      await served(siteAuth({ onEvent: events.listen }), { websocket: {} }, async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
        const response = await send(host, { headers: [["cookie", cookie]] });
        const theirs = await django().whoami(cookie);
        const user = theirs.user?.username ?? null;
        assert.equal(response.status, 200);
        assert.equal(JSON.parse(response.body).user, user);
        assert.deepEqual(response.setCookies, theirs.set_cookies);
        const end = await (user === null ? socket.ended : socket.close());
        assert.equal(end.code, user === null ? 4401 : 1000);
        assert.deepEqual(events.trouble, []);
      });
    });
  }

  for (const [name, cookie] of Object.entries(GIBBERISH)) {
    test(`${name}: refused without a query`, async () => {
      const queries: string[] = [];
      const events = new EventLog();
      const auth = siteAuth({ database: counted(queries), onEvent: events.listen });
      await served(auth, { websocket: {} }, async ({ url, host }) => {
        const response = await send(host, { headers: [["cookie", cookie]] });
        assert.equal(response.status, 200);
        assert.equal(JSON.parse(response.body).user, null);
        const socket = await upgrade(host, { headers: [["cookie", cookie], ["origin", url]] });
        assert.equal((await socket.ended).code, 4401);
        assert.deepEqual(queries, []);
        assert.deepEqual(events.trouble, []);
      });
    });
  }

  test("a __Host- name after a byte that only Python strips as space is a different cookie", async () => {
    const [victim, attacker] = [await newPerson(), await newPerson()];
    const [own, tossed] = [keyIn(await cookieOf(victim)), keyIn(await cookieOf(attacker))];
    const auth = siteAuth({ session: { cookieName: "__Host-sessionid" } });
    await served(auth, {}, async ({ host }) => {
      for (const byte of ["\xa0", "\x85"]) {
        const cookie = `__Host-sessionid=${own}; ${byte}__Host-sessionid=${tossed}`;
        const { body } = await send(host, { headers: [["cookie", cookie]] });
        assert.equal(JSON.parse(body).user, victim.username);
      }
    });
  });
});

/** Django's database, with every statement recorded. */
function counted(queries: string[]): Database {
  const database = createPostgresDatabase(process.env.ORACLE_DATABASE_URL ?? "");
  return {
    ...database,
    read(statement, parameters) {
      queries.push(statement);
      return database.read(statement, parameters);
    },
    query(statement, parameters) {
      queries.push(statement);
      return database.query(statement, parameters);
    },
  };
}
