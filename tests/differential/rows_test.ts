/** Sessions in the table: rows that Django wrote are changed by djauth, rows that djauth wrote are read by Django. */

import assert from "node:assert/strict";
import process from "node:process";
import { after } from "node:test";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { parsePythonJson } from "../../src/internal/python/json.ts";
import { createSessionCodec } from "../../src/session/codec.ts";
import { Session } from "../../src/session/session.ts";
import { createDatabaseSessions } from "../../src/stores/db_sessions.ts";
import { oracle, ORACLE_SECRET } from "../ground/oracle.ts";
import { type Change, changeOne } from "./change.ts";
import { compare, ok } from "./compare.ts";
import { jsonObject, objectText } from "./generate.ts";
import { COUNT, type Random } from "./random.ts";

// Connects with its first query, so it never connects where there is no oracle.
const database = createPostgresDatabase(process.env.ORACLE_DATABASE_URL ?? "postgres://127.0.0.1/none");
after(() => database.close());

const codec = createSessionCodec({ keys: { current: ORACLE_SECRET, fallbacks: [] } });
const store = createDatabaseSessions({ database, codec });

interface RowCase {
  json: string;
  random: Random;
  change: Change | null;
  /** The expected data of Django's row before the change. */
  before: string;
}

compare<RowCase>("a row of Django's is changed here in one key, over what Django changed meanwhile", {
  generate: (random) => ({ json: ordinaryText(random), random, change: null, before: "" }),
  ask: ({ json }) => [{ op: "session.create", args: { json } }, { op: "json.normalize", args: { json } }],
  async askNext(case_, [created, normal]) {
    const key = ok(created);
    const session = new Session({ store, sessionKey: key });
    await session.load();
    assert.equal(session.payload().text, ok(normal));
    case_.before = ok(normal);
    case_.change = changeOne(session, case_.random);
    if (case_.random.oneIn(4)) {
      await oracle!.setSession(key, { json: '{"set by Django":1.0}' });
      const members = [case_.before.slice(1, -1), '"set by Django":1.0'].filter((text) => text !== "");
      case_.before = `{${members.join(",")}}`;
    }
    await session.save();
    return [
      { op: "session.read", args: { session_key: key } },
      { op: "json.change", args: { json: case_.before, ...case_.change } },
      { op: "session.delete", args: { session_key: key } },
    ];
  },
  check(_case, _answers, [row, changed]) {
    assert.equal(ok<{ json: string }>(row).json, ok(changed));
  },
}, COUNT / 20);

compare("a row that was written here is read by Django, until it is deleted here", {
  async generate(random) {
    const session = new Session({ store });
    session.update(jsonObject(random));
    session.delete("_session_expiry");
    await session.save();
    return { session, text: session.payload().text };
  },
  ask: ({ session }) => [{ op: "session.load", args: { session_key: session.sessionKey } }],
  async askNext({ session }) {
    const key = session.sessionKey;
    await session.flush();
    return [{ op: "session.exists", args: { session_key: key } }];
  },
  check({ text }, [loaded], [exists]) {
    assert.equal(ok(loaded), text);
    assert.equal(ok<boolean>(exists), false);
  },
}, COUNT / 20);

/** Data without an expiry, which Django might be unable to parse. */
function ordinaryText(random: Random): string {
  for (;;) {
    const json = objectText(random);
    if (!Object.hasOwn(parsePythonJson(json) as object, "_session_expiry")) return json;
  }
}
