/** Request bodies: within the limit, beyond it, and broken off. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../ground/garbage.ts";
import { readBounded } from "../../../src/internal/bounded_body.ts";
import { utf8 } from "../../../src/internal/bytes.ts";

/** A body of these chunks; `null` is an error in its place. */
function body(...chunks: (string | null)[]): { stream: ReadableStream<Uint8Array>; wasCancelled(): boolean } {
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else if (chunk === null) controller.error(new TypeError("reset by the peer"));
      else controller.enqueue(utf8(chunk));
    },
    cancel: () => void (isCancelled = true),
  }, { highWaterMark: 0 });
  return { stream, wasCancelled: () => isCancelled };
}

test("a body up to the limit is read, whatever its chunks", async () => {
  for (const chunks of [["abcdef"], ["abc", "", "def"], [..."abcdef"]]) {
    assert.deepEqual(await readBounded(body(...chunks).stream, 6), utf8("abcdef"));
  }
  assert.equal((await readBounded(null, 6) as Uint8Array).length, 0);
});

test("a body beyond the limit is cancelled and not read further", async () => {
  const { stream, wasCancelled } = body("abc", "defg", "never read");
  assert.equal(await readBounded(stream, 6), "too_large");
  assert.equal(wasCancelled(), true);
});

test("a body that breaks off is not returned as a complete one", async () => {
  assert.equal(await readBounded(body("abc", null).stream, 6), "broken_off");
});

test("chunks are copied and released, so that single-byte chunks do not retain their buffers", async () => {
  const count = 500;
  const buffers: WeakRef<ArrayBuffer>[] = [];
  let end = (): void => {};
  const atEnd = new Promise<void>((resolve) => end = resolve);
  let allSent = (): void => {};
  const sent = new Promise<void>((resolve) => allSent = resolve);
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (buffers.length === count) {
        allSent();
        await atEnd;
        return controller.close();
      }
      const buffer = new ArrayBuffer(65_536);
      buffers.push(new WeakRef(buffer));
      controller.enqueue(new Uint8Array(buffer, 0, 1));
    },
  });
  const read = readBounded(stream, count);
  await sent;
  for (let rounds = 0; rounds < 3; rounds++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
  }
  const left = buffers.filter((buffer) => buffer.deref() !== undefined).length;
  assert.ok(left <= 20, `${left} of ${count} chunks are kept`);
  end();
  assert.deepEqual(await read, new Uint8Array(count));
});

test("a body may have more chunks than a function can have arguments", async () => {
  const count = 300_000;
  let sent = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ === count) controller.close();
      else controller.enqueue(new Uint8Array(1));
    },
  });
  assert.equal((await readBounded(stream, count) as Uint8Array).length, count);
});
