/** Writes during session reads by a read-only role: tried once per djangoAuth(), and never an error. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { djangoAuth } from "../../../src/django_auth.ts";
import { DatabaseError } from "../../../src/errors.ts";
import type { MemoryDatabase } from "./memory_database.ts";
import { cookiesOf, PASSWORD, requestTo, SECRET_KEY, SESSIONS, siteOptions, siteWith } from "./site.ts";

/** A database for a read-only role, which records the writes that were tried. */
function readOnly(database: MemoryDatabase, tried: string[]): MemoryDatabase {
  const refuse = (statement: string): Promise<never> => {
    tried.push(statement.split(" ", 1)[0]!);
    return Promise.reject(new DatabaseError("No right", "database_permission_denied"));
  };
  return new Proxy(database, {
    get: (target, name) => {
      if (name === "query") return refuse;
      if (name === "transaction") return () => refuse("transaction");
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test("a read-only role tries to renew a session hash once, and a writing role still renews it", async () => {
  const site = await siteWith();
  const login = await site.auth.handle(requestTo("/", { method: "POST" }), async (_, context) => {
    const user = await site.auth.authenticate({ username: "ada", password: PASSWORD });
    await site.auth.login(context, user, { csrf: false });
    return new Response("welcome");
  });
  const headers = { cookie: cookiesOf(login) };
  const rotated = { secretKey: "the key that came after", secretKeyFallbacks: [SECRET_KEY] };
  const tried: string[] = [];
  const reader = djangoAuth({ ...siteOptions(readOnly(site.database, tried), site.events), ...rotated });
  const writer = djangoAuth({ ...siteOptions(site.database, site.events), ...rotated });
  const before = site.database.rows(SESSIONS)[0]!.session_data;
  for (let round = 0; round < 3; round++) {
    const response = await reader.handle(
      requestTo("/", { headers }),
      reader.userRequired((_request, _context, user) => new Response(user.username)),
    );
    assert.deepEqual([response.status, await response.text()], [200, "ada"]);
  }
  assert.deepEqual(tried, ["transaction"]);
  assert.equal(site.database.rows(SESSIONS)[0]!.session_data, before);
  const page = writer.userRequired((_request, _context, user) => new Response(user.username));
  assert.equal((await writer.handle(requestTo("/", { headers }), page)).status, 200);
  // The session no longer needs the old key.
  const { secretKey } = rotated;
  const later = djangoAuth({ ...siteOptions(site.database, site.events), secretKey });
  const answer = await later.handle(
    requestTo("/", { headers }),
    later.userRequired((_request, _context, user) => new Response(user.username)),
  );
  assert.deepEqual([answer.status, await answer.text()], [200, "ada"]);
  assert.deepEqual(site.events, []);
});
