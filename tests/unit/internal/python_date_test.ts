/** Python's dates: isoformat() both ways, and local time around clock changes. Expected values are from Postgres 15. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatPythonDate,
  instantOf,
  instantToWall,
  parsePythonDate,
  wallToInstant,
} from "../../../src/internal/python/date.ts";

function instant(text: string, timeZone: string): string {
  return new Date(instantOf(parsePythonDate(text)!, timeZone)).toISOString();
}

test("the output of isoformat() is read", () => {
  const wall = Date.parse("2026-01-02T03:04:05.678Z");
  const read: [string, number, number | null][] = [
    ["2026-01-02T03:04:05.678901", wall, null],
    ["2026-01-02T03:04:05.678901+00:00", wall, 0],
    ["2026-01-02T03:04:05.678000-05:30", wall, -19_800_000],
    ["2026-01-02T03:04:05.678000+00:53:28", wall, 3_208_000],
    ["2026-01-02T03:04:05.678Z", wall, 0],
    ["2026-01-02 03:04:05", wall - 678, null],
    ["2026-01-02T03:04", wall - 5678, null],
    ["2026-01-02", Date.parse("2026-01-02T00:00:00Z"), null],
    ["0001-01-01T00:00:00", Date.parse("0001-01-01T00:00:00Z"), null],
    ["0099-12-31T23:59:59.999999", Date.parse("0099-12-31T23:59:59.999Z"), null],
  ];
  for (const [text, expectedWall, offset] of read) {
    assert.deepEqual(parsePythonDate(text), { wall: expectedWall, offset }, text);
  }
});

test("a text that is not a date returns null", () => {
  const texts = [
    "",
    "soon",
    "2026-02-29",
    "2026-13-01",
    "2026-00-01",
    "0000-01-01",
    "2026-01-01T24:00:00",
    "2026-01-01T00:60:00",
    "2026-01-01T00:00:60",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01T00:00:00+00:00x",
    "+2026-01-01",
    "2026-1-1",
    "٢٠٢٦-01-01",
  ];
  for (const text of texts) assert.equal(parsePythonDate(text), null, text);
});

test("ambiguous local time is the second one, and skipped local time uses the offset before the change", () => {
  // Autumn in Berlin: 02:30 occurs at 00:30 and at 01:30 UTC.
  assert.equal(instant("2026-10-25T02:30:00", "Europe/Berlin"), "2026-10-25T01:30:00.000Z");
  assert.equal(instant("2026-10-25T01:30:00", "Europe/Berlin"), "2026-10-24T23:30:00.000Z");
  // Spring: 01:59 is followed by 03:00.
  assert.equal(instant("2026-03-29T02:30:00", "Europe/Berlin"), "2026-03-29T01:30:00.000Z");
  assert.equal(instant("2026-03-29T03:30:00", "Europe/Berlin"), "2026-03-29T01:30:00.000Z");
  // A change of half an hour, on Lord Howe.
  assert.equal(instant("2026-04-05T01:45:00", "Australia/Lord_Howe"), "2026-04-04T15:15:00.000Z");
  assert.equal(instant("2026-07-01T12:00:00", "America/Chicago"), "2026-07-01T17:00:00.000Z");
  assert.equal(instant("2026-07-01T12:00:00+02:00", "America/Chicago"), "2026-07-01T10:00:00.000Z");
});

test("a time is written in the format of Django's timezone.now()", () => {
  const moment = Date.parse("2026-10-25T01:30:00.678Z");
  assert.equal(formatPythonDate(moment, true, "Europe/Berlin"), "2026-10-25T01:30:00.678000+00:00");
  assert.equal(formatPythonDate(moment, false, "Europe/Berlin"), "2026-10-25T02:30:00.678000");
  assert.equal(formatPythonDate(moment - 678, true, "UTC"), "2026-10-25T01:30:00+00:00");
  assert.equal(formatPythonDate(-62_135_596_800_000, true, "UTC"), "0001-01-01T00:00:00+00:00");
});

test("a time outside Python's range is refused", () => {
  for (const moment of [NaN, Infinity, 253_402_300_800_000, -62_135_596_800_001]) {
    assert.throws(() => formatPythonDate(moment, true, "UTC"), RangeError);
  }
});

test("property: a written date is read as the same time", () => {
  const zone = fc.constantFrom("UTC", "America/Chicago", "Asia/Kathmandu", "Australia/Lord_Howe");
  const moment = fc.integer({ min: Date.UTC(1972, 0, 1), max: Date.UTC(2037, 0, 1) });
  fc.assert(fc.property(moment, zone, fc.boolean(), (at, timeZone, useTz) => {
    const date = parsePythonDate(formatPythonDate(at, useTz, timeZone))!;
    const wall = useTz ? at : instantToWall(at, timeZone);
    assert.equal(date.wall, wall);
    // The same instant, or the same wall time an hour later.
    assert.equal(instantToWall(wallToInstant(wall, timeZone), timeZone), wall);
  }));
});

test("property: no text makes the reader throw", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:.+ -]{8,40}$/)), (text) => {
    const date = parsePythonDate(text);
    assert.ok(date === null || Number.isInteger(date.wall));
  }));
});
