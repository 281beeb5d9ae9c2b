import assert from "node:assert/strict";
import { test } from "node:test";
import { textFingerprint } from "../../../src/session/text_fingerprint.ts";

test("different texts have different marks, and equal texts the same", () => {
  const text =
    ".eJxVjDsOwjAQBe_iGlleO_5R0nMGa3ftxQGUSHFSIe4OkVJA-2bmvUTCbW1p63VJYxFnAeL0uxHyo047KHecbrPkeVqXkeSuyIN2eZ1LfV4";
  const marks = new Set([textFingerprint(text)]);
  for (let index = 0; index < text.length; index++) {
    for (const other of ["A", "b", "-"]) {
      const changed = text.slice(0, index) + other + text.slice(index + 1);
      assert.equal(textFingerprint(changed) === textFingerprint(text), changed === text);
      marks.add(textFingerprint(changed));
    }
    marks.add(textFingerprint(text.slice(0, index)));
  }
  for (let number = 0; number < 20_000; number++) marks.add(textFingerprint(`${number}:${text}`));
  assert.ok(marks.size > 20_000 + text.length * 3, `${marks.size} marks`);
  for (const mark of marks) assert.ok(Number.isSafeInteger(mark) && mark >= 0);
});
