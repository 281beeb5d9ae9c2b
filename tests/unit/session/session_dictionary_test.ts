/** Reading and changing a session, and the resulting flags, as in Django's SessionBase. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionPayload } from "../../../src/session/payload.ts";
import { Session } from "../../../src/session/session.ts";
import { MemoryStore } from "./memory_store.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const SETTINGS = { cookieAge: 1000, expireAtBrowserClose: false, useTz: true, timeZone: "UTC" };

function opened(text = '{"a":1,"list":[1.0],"none":null}'): Session {
  return new Session({
    store: new MemoryStore(),
    sessionKey: "12345678",
    stored: { payload: SessionPayload.fromText(text)!, expireDate: new Date(NOW + 1000) },
    settings: SETTINGS,
    clock: { now: () => NOW },
  });
}

function flags(session: Session): { accessed: boolean; modified: boolean } {
  return { accessed: session.accessed, modified: session.modified };
}

test("an opened session is neither accessed nor modified", () => {
  const session = opened();
  assert.deepEqual(flags(session), { accessed: false, modified: false });
  assert.equal(session.isLoaded, true);
  assert.equal(session.isEmpty(), false);
  assert.deepEqual(flags(session), { accessed: false, modified: false });
});

test("reading sets accessed only", () => {
  const reads: ((session: Session) => unknown)[] = [
    (session) => session.get("a"),
    (session) => session.get("missing"),
    (session) => session.getText("a"),
    (session) => session.has("a"),
    (session) => session.keys(),
    (session) => session.values(),
    (session) => session.entries(),
    (session) => session.payload(),
    (session) => session.setDefault("a", 2),
    (session) => session.delete("missing"),
    (session) => session.pop("missing", 0),
    (session) => session.setExpiry(null),
    (session) => session.getExpiryAge(),
    (session) => session.getExpireAtBrowserClose(),
    (session) => session.testCookieWorked(),
    (session) => session.deleteTestCookie(),
  ];
  for (const read of reads) {
    const session = opened();
    read(session);
    assert.deepEqual(flags(session), { accessed: true, modified: false }, String(read));
  }
});

test("a change sets modified", () => {
  const changes: ((session: Session) => unknown)[] = [
    (session) => session.set("a", 1),
    (session) => session.setText("a", "1.0"),
    (session) => session.delete("a"),
    (session) => session.pop("a"),
    (session) => session.setDefault("b", 2),
    (session) => session.update({}),
    (session) => session.clear(),
    (session) => session.setExpiry(60),
    (session) => session.setTestCookie(),
  ];
  for (const change of changes) {
    const session = opened();
    change(session);
    assert.deepEqual(flags(session), { accessed: true, modified: true }, String(change));
  }
});

test("a missing key returns undefined or the fallback, and None is null", () => {
  const session = opened();
  assert.equal(session.get("missing"), undefined);
  assert.equal(session.get("missing", 7), 7);
  assert.equal(session.get("none", 7), null);
  assert.equal(session.pop("a", 7), 1);
  assert.equal(session.pop("a", 7), 7);
  assert.equal(session.delete("a"), false);
  assert.equal(session.setDefault("a", 8), 8);
  assert.equal(session.setDefault("a", 9), 8);
});

test("keys keep Python's order, and one that was deleted and set again is last", () => {
  const session = opened('{"10":1,"2":2,"a":3}');
  session.set("1", 4);
  session.set("10", 5);
  session.delete("2");
  session.set("2", 6);
  assert.deepEqual(session.entries(), [["10", 5], ["a", 3], ["1", 4], ["2", 6]]);
  assert.deepEqual(session.values(), [5, 3, 4, 6]);
  assert.equal(session.payload().text, '{"10":5,"a":3,"1":4,"2":6}');
});

test("an object is the same on each access, and changes inside it are saved", () => {
  const session = opened();
  const list = session.get("list") as unknown[];
  list.push(2);
  assert.equal(session.get("list"), list);
  assert.equal(session.getText("list"), "[1.0,2]");
  assert.equal(session.payload().text, '{"a":1,"list":[1.0,2],"none":null}');
  assert.equal(session.modified, false);
  const given = { n: [] as number[] };
  session.set("given", given);
  given.n.push(1);
  assert.equal(session.payload().get("given") !== given, true);
  assert.equal(session.getText("given"), '{"n":[1]}');
});

test("a replacing value keeps the text of unchanged numbers", () => {
  const session = opened('{"cart":{"10":1.0,"2":2.0},"price":3.0}');
  session.set("cart", { ...session.get("cart") as object, new: 1 });
  session.set("price", 3);
  assert.equal(session.payload().text, '{"cart":{"10":1.0,"2":2.0,"new":1},"price":3.0}');
});

test("update takes objects, entries and payloads", () => {
  const session = opened("{}");
  session.update({ a: 1 });
  session.update(new Map([["b", [2]]]));
  session.update(SessionPayload.fromText('{"10":1.0,"2":NaN}')!);
  assert.equal(session.payload().text, '{"a":1,"b":[2],"10":1.0,"2":NaN}');
});

test("a value that JSON cannot represent is refused at once and leaves the session unchanged", () => {
  const session = opened('{"a":1}');
  assert.throws(() => session.set("a", () => 1), TypeError);
  assert.throws(() => session.setText("a", "1}"), SyntaxError);
  assert.equal(session.payload().text, '{"a":1}');
  assert.equal(session.modified, false);
});

test("a session with a key must be loaded before access, one without a key need not be", () => {
  const session = new Session({ store: new MemoryStore(), sessionKey: "12345678" });
  for (const read of [() => session.get("a"), () => session.set("a", 1), () => session.getExpiryAge()]) {
    assert.throws(read, /await session\.load\(\)/);
  }
  assert.equal(session.accessed, false);
  const fresh = new Session({ store: new MemoryStore() });
  assert.equal(fresh.isLoaded, false);
  assert.equal(fresh.get("a"), undefined);
  assert.equal(fresh.isEmpty(), true);
  fresh.set("a", 1);
  assert.equal(fresh.isEmpty(), false);
});

test("clear works without loading", () => {
  const session = new Session({ store: new MemoryStore(), sessionKey: "12345678" });
  session.clear();
  assert.deepEqual(session.keys(), []);
  assert.equal(session.isEmpty(), false);
});

test("the test cookie works once it is set", () => {
  const session = opened("{}");
  assert.equal(session.testCookieWorked(), false);
  session.setTestCookie();
  assert.equal(session.getText("testcookie"), '"worked"');
  assert.equal(session.testCookieWorked(), true);
  assert.equal(session.deleteTestCookie(), true);
  assert.equal(session.deleteTestCookie(), false);
});

test("the expiry is stored as in Django", () => {
  const session = opened("{}");
  session.setExpiry(60);
  assert.equal(session.getText("_session_expiry"), "60");
  assert.equal(session.getExpiryAge(), 60);
  assert.equal(
    session.getExpiryDate({ modification: new Date(0) }).toISOString(),
    "1970-01-01T00:01:00.000Z",
  );
  session.setExpiry(0);
  assert.equal(session.getExpiryAge(), 1000);
  assert.equal(session.getExpireAtBrowserClose(), true);
  session.setExpiry(new Date(NOW + 5000));
  assert.equal(session.getText("_session_expiry"), '"2026-01-02T03:04:10.678000+00:00"');
  assert.equal(session.getExpiryAge(), 5);
  assert.equal(session.getExpiryAge({ expiry: 7 }), 7);
  assert.equal(session.getExpiryAge({ expiry: null }), 1000);
  assert.equal(session.getExpireAtBrowserClose(), false);
  session.setExpiry(null);
  assert.equal(session.has("_session_expiry"), false);
  assert.throws(() => session.setExpiry(NaN), RangeError);
});
