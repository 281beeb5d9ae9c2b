/** Login claims and tickets: valid once, for a short time and with their binding. Others cost no query. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createOneTimeLogins,
  ONE_TIME_AGE_SECONDS,
  type OneTimeLogin,
  type OneTimeLogins,
} from "../../../src/auth/core/one_time_logins.ts";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { TokenClaims } from "../../../src/jwt/claims/claims.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { isSessionKeyShape } from "../../../src/session/session_key.ts";
import type { SecretKeys } from "../../../src/types.ts";
import { MemoryStore } from "../session/memory_store.ts";

const KEYS: SecretKeys = { current: "key", fallbacks: [] };
const LOGIN: OneTimeLogin = { userId: "7", sessionKey: "k".repeat(32), claims: null };
const BINDING = "this browser";
const START = Date.UTC(2026, 10, 22);

/** Login claims and tickets on one store, with a clock that the test sets. */
function site(keys: SecretKeys = KEYS): {
  claims: OneTimeLogins;
  tickets: OneTimeLogins;
  store: MemoryStore;
  time: { now: number };
  nodeWith(keys: SecretKeys): OneTimeLogins;
} {
  const store = new MemoryStore();
  const time = { now: START };
  const clock = { now: () => time.now };
  const services = { clock, randomBytes: SYSTEM_RANDOM, sessionsWith: () => store };
  const nodeWith = (keys: SecretKeys) => createOneTimeLogins("login_claim", { ...services, keys });
  const tickets = createOneTimeLogins("ticket", { ...services, keys });
  return { claims: nodeWith(keys), tickets, store, time, nodeWith };
}

describe("a login claim", () => {
  test("returns the login once", async () => {
    const { claims } = site();
    const claim = await claims.make(LOGIN, BINDING);
    assert.deepEqual(await claims.take(claim, [BINDING]), LOGIN);
    assert.equal(await claims.take(claim, [BINDING]), null);
  });

  test("contains neither the session key, nor the key of its row, nor the binding", async () => {
    const { claims, store } = site();
    const claim = await claims.make(LOGIN, BINDING);
    const [row] = [...store.rows.keys()];
    assert.ok(isSessionKeyShape(row!));
    assert.match(row!, /^[a-z0-9]{32}$/);
    for (const secret of [LOGIN.sessionKey!, row!, BINDING]) assert.ok(!claim.includes(secret));
    assert.equal(store.text(row!)?.includes("_auth_user_id"), false);
    assert.equal(store.rows.get(row!)!.expireDate.getTime(), START + ONE_TIME_AGE_SECONDS * 1000);
  });

  test("is different each time", async () => {
    const { claims, store } = site();
    const made = [await claims.make(LOGIN, BINDING), await claims.make(LOGIN, BINDING)];
    assert.notEqual(made[0], made[1]);
    assert.equal(store.rows.size, 2);
  });

  test("is refused with another binding, and is not used up by that", async () => {
    const { claims, store } = site();
    const claim = await claims.make(LOGIN, BINDING);
    store.log.length = 0;
    for (const bindings of [["another browser"], [""], [`${BINDING}.`], []]) {
      assert.equal(await claims.take(claim, bindings), null);
    }
    assert.deepEqual(store.log, []);
    assert.deepEqual(await claims.take(claim, ["another browser", BINDING]), LOGIN);
  });

  test("expires by its own timestamp, and by that of its row", async () => {
    const { claims, store, time } = site();
    const claim = await claims.make(LOGIN, BINDING);
    time.now = START + (ONE_TIME_AGE_SECONDS + 1) * 1000;
    store.log.length = 0;
    assert.equal(await claims.take(claim, [BINDING]), null);
    // By the claim alone, without a query.
    assert.deepEqual(store.log, []);
    time.now = START;
    const other = await claims.make(LOGIN, BINDING);
    const row = [...store.rows.keys()].at(-1)!;
    store.rows.set(row, { ...store.rows.get(row)!, expireDate: new Date(START) });
    assert.equal(await claims.take(other, [BINDING]), null);
  });

  test("that is malformed, or altered by one character, is refused without a query", async () => {
    const { claims, store } = site();
    const claim = await claims.make(LOGIN, BINDING);
    store.log.length = 0;
    const [id, stamp, signature] = claim.split(":") as [string, string, string];
    const altered = [...claim].map((character, index) =>
      claim.slice(0, index) + (character === "x" ? "y" : "x") + claim.slice(index + 1)
    );
    const strange = [
      ...[
        "",
        ":",
        "::",
        "x".repeat(5000),
        claim + claim,
        `${claim}\n`,
        ` ${claim}`,
        "\ud800",
        "\0".repeat(80),
      ],
      ...[LOGIN.sessionKey!, id, `${id}:${stamp}`, `${id}:${signature}`, `${id}:${stamp}:${signature}=`],
    ];
    for (const text of [...altered, ...strange]) assert.equal(await claims.take(text, [BINDING]), null, text);
    assert.deepEqual(store.log, []);
    assert.deepEqual(await claims.take(claim, [BINDING]), LOGIN);
  });

  test("of another site is refused, and one signed with a fallback key is accepted", async () => {
    const { claims, nodeWith } = site();
    const claim = await claims.make(LOGIN, BINDING);
    assert.equal(await nodeWith({ current: "other", fallbacks: [] }).take(claim, [BINDING]), null);
    const rotated = nodeWith({ current: "new", fallbacks: ["older", "key"] });
    assert.deepEqual(await rotated.take(claim, [BINDING]), LOGIN);
  });

  test("whose row contains other data is refused", async () => {
    const { claims, store } = site();
    for (const write of ['{"session":7,"user":"7"}', '{"session":"k"}', '{"_auth_user_id":"7"}', "{}"]) {
      const claim = await claims.make(LOGIN, BINDING);
      const [row] = [...store.rows.keys()];

      store.rows.set(row!, { ...store.rows.get(row!)!, payload: SessionPayload.fromText(write)! });
      assert.equal(await claims.take(claim, [BINDING]), null, write);
    }
  });
});

describe("a ticket", () => {
  const OF_TOKEN: OneTimeLogin = {
    userId: "7",
    sessionKey: null,
    claims: TokenClaims.fromText('{"user_id":"7","price":1.0}')!,
  };

  test("returns a login with a session, or with a token, once", async () => {
    const { tickets } = site();
    for (const login of [LOGIN, OF_TOKEN]) {
      const ticket = await tickets.make(login);
      const taken = await tickets.take(ticket);
      assert.equal(taken?.userId, login.userId);
      assert.equal(taken?.sessionKey, login.sessionKey);
      assert.equal(taken?.claims?.text, login.claims?.text);
      assert.equal(await tickets.take(ticket), null);
    }
  });

  test("whose row has neither a session nor a token is refused", async () => {
    const { tickets, store } = site();
    const ticket = await tickets.make(OF_TOKEN);
    const [row] = [...store.rows.keys()];
    store.rows.set(row!, { ...store.rows.get(row!)!, payload: SessionPayload.fromText('{"user":"7"}')! });
    assert.equal(await tickets.take(ticket), null);
  });

  test("and a login claim are not interchangeable, and are refused without a query", async () => {
    const { claims, tickets, store } = site();
    const ticket = await tickets.make(LOGIN);
    const claim = await claims.make(LOGIN, BINDING);
    store.log.length = 0;
    for (const binding of [BINDING, null, "row", "data"]) {
      assert.equal(await claims.take(ticket, [binding]), null);
      assert.equal(await tickets.take(claim, [binding]), null);
    }
    assert.deepEqual(store.log, []);
    assert.deepEqual(await tickets.take(ticket), LOGIN);
    assert.deepEqual(await claims.take(claim, [BINDING]), LOGIN);
  });
});
