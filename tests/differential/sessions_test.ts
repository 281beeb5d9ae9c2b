/** Session data: djauth reads what Django writes and the other way round, and a change affects only its key. */

import assert from "node:assert/strict";
import { parsePythonJson, stringifyPythonJson } from "../../src/internal/python/json.ts";
import { createSessionCodec, type SessionCodec } from "../../src/session/codec.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import { Session } from "../../src/session/session.ts";
import { ORACLE_SECRET } from "../ground/oracle.ts";
import type { Conditions } from "../ground/oracle_types.ts";
import { MemoryStore } from "../unit/session/memory_store.ts";
import { compareFormats, ok } from "./compare.ts";
import { type Change, changeOne } from "./change.ts";
import { describeMembers, describeValue } from "./describe.ts";
import { jsonObject, jsonText, objectText, tampered, text } from "./generate.ts";
import type { Random } from "./random.ts";

interface Site {
  secret: string;
  fallbacks: string[];
  salt: string | undefined;
  /** In seconds. */
  now: number;
}

function site(random: Random): Site {
  return {
    secret: random.oneIn(10) ? text(random, true) || "secret" : ORACLE_SECRET,
    fallbacks: [],
    salt: random.oneIn(4) ? text(random, true) || "salt" : undefined,
    now: random.between(1, 4_000_000_000),
  };
}

function conditions({ secret, fallbacks, now }: Site): Conditions {
  // Changing settings is slow in Django.
  if (secret === ORACLE_SECRET) return { now };
  return { settings: { SECRET_KEY: secret, SECRET_KEY_FALLBACKS: fallbacks }, now };
}

function codec({ secret, fallbacks, salt, now }: Site): SessionCodec {
  const clock = { now: () => now * 1000 };
  return createSessionCodec({ keys: { current: secret, fallbacks }, salt, clock });
}

compareFormats("session data that Django wrote are read to the byte and to the bit", {
  generate: (random) => ({ site: site(random), json: objectText(random) }),
  ask: ({ site, json }) => [
    { op: "session.encode", args: { json, salt: site.salt }, ...conditions(site) },
    { op: "json.normalize", args: { json } },
    { op: "json.describe", args: { json } },
  ],
  check({ site, json }, [encoded, normal, description]) {
    const payload = codec(site).decode(ok(encoded));
    assert.equal(payload?.text, ok(normal));
    assert.deepEqual(
      describeMembers([...payload!.keys()].map((key) => [key, payload!.get(key)])),
      ok(description),
    );
    assert.deepEqual(describeValue(parsePythonJson(json)), ok(description));
    const rotated = { ...site, secret: "a newer secret", fallbacks: [site.secret] };
    assert.equal(codec(rotated).decode(ok(encoded))?.text, ok(normal));
    assert.equal(codec({ ...rotated, fallbacks: [] }).decode(ok(encoded)), null);
    // The two zlib implementations may compress differently.
    const again = codec(site).encode(SessionPayload.fromText(ok(normal))!);
    if (!ok<string>(encoded).startsWith(".") && !again.startsWith(".")) assert.equal(again, ok(encoded));
  },
});

compareFormats("session data that were written here are read by Django to the byte and to the bit", {
  generate: (random) => ({ site: site(random), values: jsonObject(random) }),
  ask({ site, values }) {
    const { encoded, json } = written(site, values);
    const question = { op: "session.decode", args: { session_data: encoded, salt: site.salt } };
    const rotated = { ...site, secret: "a newer secret", fallbacks: [site.secret] };
    return [
      { ...question, ...conditions(site) },
      { ...question, ...conditions(rotated) },
      { op: "json.describe", args: { json } },
    ];
  },
  check({ site, values }, [current, rotated, description]) {
    const { json } = written(site, values);
    assert.equal(json, ok(current));
    assert.equal(json, ok(rotated));
    assert.deepEqual(describeValue(values), ok(description));
  },
});

compareFormats("session data that were tampered with are read here exactly where Django reads them", {
  generate(random) {
    const { encoded } = written(site(random), jsonObject(random));
    return { data: tampered(random, encoded, "ABCxyz019-_.:=") };
  },
  ask: ({ data }) => [{ op: "session.decode", args: { session_data: data }, ...conditions(PLAIN) }],
  check({ data }, [decoded]) {
    assert.equal((codec(PLAIN).decode(data) ?? SessionPayload.EMPTY).text, ok(decoded));
  },
});

const PLAIN: Site = {
  secret: ORACLE_SECRET,
  fallbacks: [],
  salt: undefined,
  now: 1_700_000_000,
};

compareFormats("a text is JSON here exactly where it is at Django's", {
  generate: (random) => ({ json: tampered(random, jsonText(random), '"\\{}[]:,u0eE.+- \u0001\ud800') }),
  ask: ({ json }) => [{ op: "json.normalize", args: { json } }, { op: "json.describe", args: { json } }],
  check({ json }, [normal, description]) {
    if (normal?.error === undefined) {
      assert.deepEqual(describeValue(parsePythonJson(json)), ok(description));
    } else {
      assert.throws(() => parsePythonJson(json), SyntaxError);
      assert.equal(SessionPayload.fromText(json), null);
    }
  },
});

compareFormats<ChangeCase>("one key changed here leaves all others as Django wrote them", {
  generate: (random) => ({ json: objectText(random), random, change: null }),
  ask: ({ json }) => [
    { op: "session.encode", args: { json }, ...conditions(PLAIN) },
    { op: "json.normalize", args: { json } },
  ],
  askNext(case_, [encoded, normal]) {
    const session = new Session({
      store: new MemoryStore(),
      sessionKey: "k".repeat(32),
      stored: { payload: codec(PLAIN).decode(ok(encoded))!, expireDate: new Date(Date.now() + 60_000) },
    });
    case_.change = changeOne(session, case_.random);
    return [
      {
        op: "session.decode",
        args: { session_data: codec(PLAIN).encode(session.payload()) },
        ...conditions(PLAIN),
      },
      { op: "json.change", args: { json: ok(normal), ...case_.change } },
    ];
  },
  check(_case, _answers, [decoded, changed]) {
    assert.equal(ok(decoded), ok(changed));
  },
});

interface ChangeCase {
  json: string;
  random: Random;
  change: Change | null;
}

function written(site: Site, values: Record<string, unknown>): { encoded: string; json: string } {
  const payload = SessionPayload.EMPTY.with(
    Object.entries(values).map(([key, value]) => [key, stringifyPythonJson(value)]),
  );
  return { encoded: codec(site).encode(payload), json: payload.text };
}
