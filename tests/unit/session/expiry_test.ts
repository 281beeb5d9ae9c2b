/** When sessions expire. Expected values are those of Django 5.2 and 4.2 at the same times. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  DEFAULT_SESSION_SETTINGS,
  expireAtBrowserClose,
  expiryAge,
  expiryDate,
  expiryValue,
  type SessionSettings,
} from "../../../src/session/expiry.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const AWARE = { ...DEFAULT_SESSION_SETTINGS, cookieAge: 1000 };
const BERLIN: SessionSettings = { ...AWARE, useTz: false, timeZone: "Europe/Berlin" };

function dateOf(stored: unknown, settings: SessionSettings, now = NOW): string {
  return new Date(expiryDate(stored, now, settings)).toISOString();
}

test("seconds count from the modification, and values that are false in Python mean the default age", () => {
  for (const stored of [undefined, null, 0, -0, false, "", 0n]) {
    assert.equal(expiryAge(stored, NOW, AWARE), 1000);
    assert.equal(dateOf(stored, AWARE), "2026-01-02T03:20:45.678Z");
  }
  assert.equal(expiryAge(60, NOW, AWARE), 60);
  assert.equal(expiryAge(-60, NOW, AWARE), -60);
  assert.equal(expiryAge(1.5, NOW, AWARE), 1.5);
  assert.equal(expiryAge(true, NOW, AWARE), 1);
  assert.equal(dateOf(1.5, AWARE), "2026-01-02T03:04:07.178Z");
});

test("a date's age is rounded down to whole seconds", () => {
  assert.equal(expiryAge("2026-01-02T03:04:15.677000+00:00", NOW, AWARE), 9);
  assert.equal(expiryAge("2026-01-02T03:04:15.678999+00:00", NOW, AWARE), 10);
  assert.equal(expiryAge("2026-01-02T03:04:05.677000+00:00", NOW, AWARE), -1);
  assert.equal(expiryAge("2026-01-02T05:04:06.678000+02:00", NOW, AWARE), 1);
});

test("without USE_TZ dates are local time, also across clock changes", () => {
  assert.equal(dateOf("2026-01-02T05:00:00", BERLIN), "2026-01-02T04:00:00.000Z");
  // The night of 25 October has 25 hours, which Python's subtraction ignores.
  const evening = Date.parse("2026-10-24T20:00:00Z");
  assert.equal(expiryAge("2026-10-25T22:00:00", evening, BERLIN), 86_400);
  assert.equal(dateOf(86_400, BERLIN, evening), "2026-10-25T21:00:00.000Z");
  assert.equal(dateOf(86_400, AWARE, evening), "2026-10-25T20:00:00.000Z");
});

test("a date stored under another USE_TZ setting still means the same time", () => {
  assert.equal(dateOf("2026-01-02T05:00:00+01:00", BERLIN), "2026-01-02T04:00:00.000Z");
  assert.equal(expiryAge("2026-01-02T03:04:06.678000+00:00", NOW, BERLIN), 1);
  assert.equal(dateOf("2026-01-02T05:00:00", { ...BERLIN, useTz: true }), "2026-01-02T04:00:00.000Z");
});

test("an invalid expiry means the default age", () => {
  for (const stored of ["soon", [], {}, NaN, Infinity, 10n ** 400n]) {
    assert.equal(expiryAge(stored, NOW, AWARE), 1000, String(stored));
  }
});

test("dates outside the range of Python's datetime are clamped", () => {
  assert.equal(dateOf(1e20, AWARE), "9999-12-30T23:59:59.999Z");
  assert.equal(dateOf(-1e20, BERLIN), "0001-01-02T00:00:00.000Z");
  // The age as well: a cookie has its end both as seconds and as a date.
  assert.equal(expiryAge(1e20, 0, AWARE), Date.parse("9999-12-30T23:59:59Z") / 1000);
  assert.equal(expiryAge(-1e20, 0, AWARE), Date.parse("0001-01-02T00:00:00Z") / 1000);
});

test("a session ends with the browser at 0, or by the setting", () => {
  const setting = { ...AWARE, expireAtBrowserClose: true };
  for (const stored of [undefined, null]) {
    assert.equal(expireAtBrowserClose(stored, AWARE), false);
    assert.equal(expireAtBrowserClose(stored, setting), true);
  }
  assert.equal(expireAtBrowserClose(0, AWARE), true);
  assert.equal(expireAtBrowserClose(60, setting), false);
  assert.equal(expireAtBrowserClose("2026-01-02T05:00:00", setting), false);
});

test("the stored form of a date depends on USE_TZ", () => {
  assert.equal(expiryValue(new Date(NOW), AWARE), "2026-01-02T03:04:05.678000+00:00");
  assert.equal(expiryValue(new Date(NOW), BERLIN), "2026-01-02T04:04:05.678000");
  assert.equal(expiryValue(60, AWARE), 60);
  for (const value of [NaN, Infinity, new Date(NaN)]) {
    assert.throws(() => expiryValue(value, AWARE), RangeError);
  }
});

test("property: any stored value has an age and a date", () => {
  const stored = fc.oneof(
    fc.anything({ withBigInt: true }),
    fc.double(),
    fc.stringMatching(/^[0-9T:+-]{10,26}$/),
  );
  fc.assert(fc.property(stored, fc.constantFrom(AWARE, BERLIN), (value, settings) => {
    assert.ok(Number.isFinite(expiryAge(value, NOW, settings)));
    assert.ok(Number.isFinite(expiryDate(value, NOW, settings)));
    assert.equal(typeof expireAtBrowserClose(value, settings), "boolean");
  }));
});
