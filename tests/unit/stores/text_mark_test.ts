import assert from "node:assert/strict";
import { test } from "node:test";
import { textMark } from "../../../src/stores/text_mark.ts";

test("texts that differ anywhere have different marks, and equal texts the same", () => {
  const text =
    ".eJxVjDsOwjAQBe_iGlleO_5R0nMGa3ftxQGUSHFSIe4OkVJA-2bmvUTCbW1p63VJYxFnAeL0uxHyo047KHecbrPkeVqXkeSuyIN2eZ1LfV4";
  const marks = new Set([textMark(text)]);
  for (let index = 0; index < text.length; index++) {
    for (const other of ["A", "b", "-"]) {
      const changed = text.slice(0, index) + other + text.slice(index + 1);
      assert.equal(textMark(changed) === textMark(text), changed === text);
      marks.add(textMark(changed));
    }
    marks.add(textMark(text.slice(0, index)));
  }
  for (let number = 0; number < 20_000; number++) marks.add(textMark(`${number}:${text}`));
  assert.ok(marks.size > 20_000 + text.length * 3, `${marks.size} marks`);
  for (const mark of marks) assert.ok(Number.isSafeInteger(mark) && mark >= 0);
});
