/**
 * What every session engine must do: the behaviour of the `SessionStore` interface. Flags declare what an engine cannot
 * do; behaviour specific to an engine is tested separately.
 */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { SYSTEM_RANDOM } from "../../../src/internal/random.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import { newSessionKey } from "../../../src/session/session_key.ts";
import { hasExpired, type SessionStore, type SessionWrite } from "../../../src/session/store.ts";
import type { Clock } from "../../../src/types.ts";

/** An engine under test. */
export interface SessionStoreUnderTest {
  readonly store: SessionStore;
  readonly close: () => Promise<void>;
}

/** How an engine differs. */
export interface SessionStoreSuiteOptions {
  /** Opens the engine with a clock that the suite sets. */
  readonly open: (clock: Clock) => Promise<SessionStoreUnderTest>;
  /** The reason why it cannot run here. */
  readonly skip?: string | false | undefined;
  /** Whether expired sessions stay until `clearExpired`; caches drop them themselves. */
  readonly keepsExpired?: boolean;
}

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

/** Session data that are easily corrupted. */
const TEXTS = [
  "{}",
  '{"a":1}',
  '{"big":123456789012345678901234567890,"float":1.0,"nan":NaN,"inf":-Infinity}',
  '{"10":1,"2":2,"__proto__":{"x":1},"":null}',
  '{"emoji":"\\ud83d\\ude00","lone":"\\ud800","nul":"\\u0000","quote":"\\"\\\\"}',
  `{"long":"${"x".repeat(20_000)}"}`,
];

/** Runs the suite. */
export function sessionStoreSuite(name: string, options: SessionStoreSuiteOptions): void {
  const { open, skip = false, keepsExpired = true } = options;
  describe(name, { skip }, () => {
    let opened: SessionStoreUnderTest;
    let store: SessionStore;
    let now = NOW;
    before(async () => {
      opened = await open({ now: () => now });
      store = opened.store;
    });
    after(() => opened?.close());
    beforeEach(() => void (now = NOW));

    const write = (text: string, expires = NOW + HOUR): SessionWrite => ({
      payload: SessionPayload.fromText(text)!,
      expireDate: new Date(expires),
    });
    const created = async (text = '{"a":1}', expires?: number): Promise<string> => {
      const key = newSessionKey(SYSTEM_RANDOM);
      assert.equal(await store.create(key, write(text, expires)), true);
      return key;
    };
    const textOf = async (key: string): Promise<string | undefined> => (await store.load(key))?.payload.text;

    it("returns a created session byte for byte, with its expiry date", async () => {
      for (const text of TEXTS) {
        const stored = await store.load(await created(text));
        assert.equal(stored?.payload.text, text);
        assert.equal(stored?.expireDate.getTime(), NOW + HOUR);
      }
    });

    it("returns null for a key that was never stored", async () => {
      const key = newSessionKey(SYSTEM_RANDOM);
      assert.equal(await store.load(key), null);
      await store.delete(key);
    });

    it("does not create a session under a taken key, and leaves its data unchanged", async () => {
      const key = await created('{"mine":1}');
      assert.equal(await store.create(key, write('{"yours":1}')), false);
      assert.equal(await textOf(key), '{"mine":1}');
    });

    it("expires a session at its exact expiry date", async () => {
      const key = await created();
      const clock: Clock = { now: () => now };
      now = NOW + HOUR - 1;
      assert.equal(hasExpired((await store.load(key))!, clock), false);
      now = NOW + HOUR;
      const stored = await store.load(key);
      assert.equal(stored === null || hasExpired(stored, clock), true);
      assert.equal(stored?.payload.text, keepsExpired ? '{"a":1}' : undefined);
    });

    it("updates the current data and the expiry date", async () => {
      const key = await created('{"a":1}');
      await store.update(key, (current) => ({ ...write("{}"), payload: current.with([["b", "2"]]) }));
      const seen: string[] = [];
      const isUpdated = await store.update(key, async (current) => {
        seen.push(current.text);
        await Promise.resolve();
        return { payload: current.with([["a", null]]), expireDate: new Date(NOW + 2 * HOUR) };
      });
      assert.equal(isUpdated, true);
      assert.deepEqual(seen, ['{"a":1,"b":2}']);
      const stored = await store.load(key);
      assert.equal(stored?.payload.text, '{"b":2}');
      assert.equal(stored?.expireDate.getTime(), NOW + 2 * HOUR);
    });

    it("never recreates a deleted session", async () => {
      const key = await created();
      await store.delete(key);
      assert.equal(await store.update(key, () => assert.fail("there is nothing to change")), false);
      assert.equal(await store.load(key), null);
    });

    it("takes a session once, expired or not, however many concurrent calls", async () => {
      const key = await created('{"a":1}');
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.take(key)));
      const given = answers.filter((stored) => stored !== null);
      assert.deepEqual(given.map(({ payload }) => payload.text), ['{"a":1}']);
      assert.equal(given[0]!.expireDate.getTime(), NOW + HOUR);
      assert.equal(await store.load(key), null);
      assert.equal(await store.take(key), null);
      const old = await created('{"b":1}', NOW - HOUR);
      if (keepsExpired) assert.equal((await store.take(old))?.expireDate.getTime(), NOW - HOUR);
      assert.equal(await store.load(old), null);
    });

    it("changes nothing when the change throws", async () => {
      const key = await created('{"a":1}');
      const error = new RangeError("mine");
      await assert.rejects(
        store.update(key, () => {
          throw error;
        }),
        (thrown) => thrown === error,
      );
      assert.equal(await textOf(key), '{"a":1}');
    });

    it("loses none of many concurrent changes", async () => {
      const key = await created('{"n":0}');
      await Promise.all(Array.from({ length: 25 }, () =>
        store.update(key, (current) => ({
          payload: current.with([["n", String(Number(current.raw("n")) + 1)]]),
          expireDate: new Date(NOW + HOUR),
        }))));
      assert.equal(await textOf(key), '{"n":25}');
    });

    it("returns each of many concurrent look-ups its own session", async () => {
      const keys: string[] = [];
      for (let index = 0; index < 30; index++) keys.push(await created(`{"i":${index}}`));
      const unknown = newSessionKey(SYSTEM_RANDOM);
      const asked = [...keys, ...keys, unknown];
      const texts = await Promise.all(asked.map(textOf));
      assert.deepEqual(
        texts,
        [...keys, ...keys].map((_, index) => `{"i":${index % 30}}`).concat([undefined!]),
      );
    });

    it("returns its own write in the next look-up", async () => {
      const key = await created('{"n":0}');
      for (let index = 1; index < 20; index++) {
        const earlier = store.load(key);
        await store.update(key, () => write(`{"n":${index}}`));
        assert.equal(await textOf(key), `{"n":${index}}`);
        await earlier;
      }
      await store.delete(key);
      assert.equal(await store.load(key), null);
    });

    it("clears expired sessions only", async () => {
      const [old, young] = [await created("{}", NOW - 1), await created("{}", NOW + 1)];
      await store.clearExpired();
      assert.equal(await store.load(old), null);
      assert.equal(await textOf(young), "{}");
    });

    it("answers malformed keys without a query", async () => {
      for (
        const key of [
          "",
          "short",
          "nul\0nulnul",
          "with space",
          "ü".repeat(10),
          "\ud800".repeat(9),
          "x".repeat(41),
        ]
      ) {
        assert.equal(await store.load(key), null);
        assert.equal(await store.update(key, () => write("{}")), false);
        assert.equal(await store.take(key), null);
        await store.delete(key);
        await assert.rejects(store.create(key, write("{}")), TypeError);
      }
    });

    it("accepts any well-formed key", async () => {
      for (const key of ["' or 1=1--", '"}{,\\"abc', "{a,b,c,d}", "%00%00%00", "null-null", "$1$1$1$1$"]) {
        const text = `{"k":${JSON.stringify(key)}}`;
        const shaped = key.replaceAll(" ", "_");
        assert.equal(await store.create(shaped, write(text)), true);
        const [stored, other] = await Promise.all([store.load(shaped), store.load(await created("{}"))]);
        assert.equal(stored?.payload.text, text);
        assert.equal(other?.payload.text, "{}");
        assert.deepEqual((await Promise.all([shaped, `${shaped}x`].map(textOf)))[0], text);
        await store.delete(shaped);
      }
    });
  });
}
