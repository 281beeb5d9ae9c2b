/** Batching of concurrent look-ups. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DatabaseError } from "../../../src/errors.ts";
import { SYSTEM_TIMERS } from "../../../src/internal/time/timers.ts";
import { type BatcherOptions, createBatcher } from "../../../src/stores/batcher.ts";
import { FakeTime } from "../databases/fake_time.ts";

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const asIs = (row: string): string => row;

/** A storage where `n` has the row `row n`, `missing` has none, and keys like `bad…` fail. */
function storage(options: Partial<BatcherOptions<string, string, string>> & { delay?: number } = {}) {
  const batches: string[][] = [];
  const state = { inFlight: 0, most: 0 };
  const lookUp = createBatcher<string, string, string>({
    read: asIs,
    async load(keys) {
      batches.push([...keys]);
      state.most = Math.max(state.most, ++state.inFlight);
      await sleep(options.delay ?? 5);
      state.inFlight--;
      if (keys.some((key) => key.startsWith("bad"))) throw new DatabaseError("bad key");
      return new Map(keys.filter((key) => key !== "missing").map((key) => [key, `row ${key}`]));
    },
    ...options,
  });
  return { lookUp, batches, state };
}

const outcome = (work: Promise<unknown>): Promise<unknown> => work.catch((error) => error.code);

describe("createBatcher", () => {
  it("batches the keys of one turn of the event loop, each once", async () => {
    const { lookUp, batches } = storage();
    const answers = await Promise.all(["a", "b", "a", "missing", "a"].map(lookUp));
    assert.deepEqual(answers, ["row a", "row b", "row a", null, "row a"]);
    assert.deepEqual(batches, [["a", "b", "missing"]]);
  });

  it("has at most two batches in flight, and collects the keys that arrive meanwhile", async () => {
    const { lookUp, batches, state } = storage({ delay: 20 });
    const answers: Promise<string | null>[] = [];
    for (let index = 0; index < 10; index++) {
      answers.push(lookUp(`k${index}`));
      await sleep(2);
    }
    assert.deepEqual(await Promise.all(answers), answers.map((_, index) => `row k${index}`));
    assert.equal(state.most, 2);
    assert.ok(batches.length < 10, `${batches.length} batches`);
  });

  it("never joins a batch that was already sent", async () => {
    const { lookUp, batches } = storage({ delay: 20 });
    const first = lookUp("a");
    await sleep(10);
    await Promise.all([first, lookUp("a")]);
    assert.deepEqual(batches, [["a"], ["a"]]);
  });

  it("keeps follow-up look-ups in one batch", async () => {
    // A busy machine may exceed the batcher's maximum wait, so time stands still here.
    const timers = { ...SYSTEM_TIMERS, now: () => 0 };
    const [first, second] = [storage({ timers }), storage({ timers })];
    const keys = Array.from({ length: 450 }, (_, index) => `k${index}`);
    const answers = await Promise.all(
      keys.map(async (key) => await second.lookUp((await first.lookUp(key))!)),
    );
    assert.deepEqual(answers, keys.map((key) => `row row ${key}`));
    assert.deepEqual([first, second].map(({ batches }) => batches.length), [1, 1]);
  });

  it("limits the keys of a batch", async () => {
    const { lookUp, batches } = storage({ maxKeys: 3 });
    await Promise.all(Array.from({ length: 8 }, (_, index) => lookUp(`k${index}`)));
    assert.deepEqual(batches.map((keys) => keys.length), [3, 3, 2]);
  });

  it("isolates a failing key from the others", async () => {
    const { lookUp } = storage();
    assert.deepEqual(await Promise.all(["a", "bad", "b", "missing"].map((key) => outcome(lookUp(key)))), [
      "row a",
      "database_error",
      "row b",
      null,
    ]);
  });

  it("finds failing keys by bisection, in few queries", async () => {
    const { lookUp, batches } = storage({ delay: 0 });
    const keys = Array.from(
      { length: 500 },
      (_, index) => index === 77 || index === 300 ? `bad${index}` : `k${index}`,
    );
    const outcomes = await Promise.all(keys.map((key) => outcome(lookUp(key))));
    assert.deepEqual(outcomes, keys.map((key) => key.startsWith("bad") ? "database_error" : `row ${key}`));
    assert.ok(batches.length <= 40, `${batches.length} questions`);
  });

  it("rejects only the look-ups of an unreadable row, without a further query", async () => {
    const batches: (readonly string[])[] = [];
    const lookUp = createBatcher<string, string, number>({
      load(keys) {
        batches.push(keys);
        return Promise.resolve(new Map(keys.map((key) => [key, key.length])));
      },
      read(length) {
        if (length === 3) throw new RangeError("three");
        return `length ${length}`;
      },
    });
    const asked = ["a", "bad", "bb", "bad"].map((key) => lookUp(key).catch((error) => String(error)));
    assert.deepEqual(await Promise.all(asked), [
      "length 1",
      "RangeError: three",
      "length 2",
      "RangeError: three",
    ]);
    assert.deepEqual(batches, [["a", "bad", "bb"]]);
  });

  it("does not retry key by key when the storage is unavailable", async () => {
    for (const code of ["database_unavailable", "database_permission_denied"] as const) {
      let asked = 0;
      const lookUp = createBatcher<string, string, string>({
        read: asIs,
        load() {
          asked++;
          return Promise.reject(new DatabaseError("away", code));
        },
      });
      assert.deepEqual(await Promise.all(["a", "b"].map((key) => outcome(lookUp(key)))), [code, code]);
      assert.equal(asked, 1);
    }
  });

  it("handles a load that throws synchronously", async () => {
    const lookUp = createBatcher<string, string, string>({
      read: asIs,
      load() {
        throw new RangeError("broken");
      },
    });
    await assert.rejects(lookUp("a"), RangeError);
    await assert.rejects(lookUp("a"), RangeError);
  });

  it("gives each caller its own deadline, including the time in the queue", async () => {
    const timers = new FakeTime();
    const never = createBatcher<string, string, string>({
      read: asIs,
      load: () => new Promise(() => {}),
      deadline: 0.2,
      maxInFlight: 1,
      timers,
    });
    const ends: [code: unknown, milliseconds: number][] = [];
    for (const key of ["a", "b", "c"]) {
      const began = timers.now();
      void outcome(never(key)).then((code) => ends.push([code, timers.now() - began]));
      await timers.advance(60);
    }
    // The last one arrived 60 ms ago, and a check may be late by a twentieth of the deadline.
    await timers.advance(150);
    assert.deepEqual(ends.map(([code]) => code), Array(3).fill("database_unavailable"));
    for (const [, milliseconds] of ends) {
      assert.ok(milliseconds >= 200 && milliseconds <= 210, `${milliseconds} ms`);
    }
    await timers.advance(10);
    assert.equal(timers.pending, 0);
  });

  it("does not query keys whose callers have timed out", async () => {
    const asked: string[][] = [];
    let free = (): void => {};
    const lookUp = createBatcher<string, string, string>({
      read: asIs,
      load(keys) {
        asked.push([...keys]);
        return new Promise((resolve) => free = () => resolve(new Map()));
      },
      deadline: 0.1,
      maxInFlight: 1,
    });
    const answers = [outcome(lookUp("stuck"))];
    await sleep(20);
    answers.push(outcome(lookUp("waits")));
    assert.deepEqual(await Promise.all(answers), ["database_unavailable", "database_unavailable"]);
    free();
    await sleep(20);
    assert.deepEqual(asked, [["stuck"]]);
    const later = lookUp("later");
    await sleep(10);
    free();
    assert.equal(await later, null);
  });

  it("does not give a late result to the next caller with the same key", async () => {
    const timers = new FakeTime();
    const answers: ((row: string) => void)[] = [];
    const lookUp = createBatcher<string, string, string>({
      read: asIs,
      load: ([key]) => new Promise((resolve) => answers.push((row) => resolve(new Map([[key!, row]])))),
      deadline: 0.1,
      timers,
    });
    const first = outcome(lookUp("a"));
    await timers.advance(110);
    assert.equal(await first, "database_unavailable");
    const second = lookUp("a");
    await timers.advance(0);
    const [answerFirst, answerSecond] = answers;
    answerFirst!("late");
    await timers.advance(0);
    answerSecond!("current");
    assert.equal(await second, "current");
    assert.equal(answers.length, 2);
  });
});
