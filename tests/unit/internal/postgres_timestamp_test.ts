/** Postgres' text format of timestamps. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseTimestamp } from "../../../src/internal/postgres_timestamp.ts";

const NO_MOMENTS = [
  ...["2026-13-45", "2026-13-01T10:00:00Z", "2026-02-30", "2026-02-29 10:00:00+00", "2026-00-10 10:00:00+00"],
  ...["2026-99-99 99:99:99+00", "2026-11-27 24:00:00+00", "2026-11-27 10:60:00+00", "2026-11-27 10:00:60Z"],
  ...[
    "abcd-ef-gh ij:kl:mn+xx",
    "2026-11-27 10:00:00+0x",
    "2026-11-27 10:00:00.1x3+00",
    "20/6-11-27 10:00:00+00",
  ],
];

describe("parseTimestamp", () => {
  it("reads what Postgres writes, in every time zone", () => {
    const texts: [string, string][] = [
      ["2026-11-21 10:00:00+00", "2026-11-21T10:00:00.000Z"],
      ["2026-11-21 10:00:00.5+00", "2026-11-21T10:00:00.500Z"],
      ["2026-11-21 10:00:00.123999+00", "2026-11-21T10:00:00.123Z"],
      ["2026-11-21 10:00:00.001+02", "2026-11-21T08:00:00.001Z"],
      ["2026-03-01 00:30:00-05", "2026-03-01T05:30:00.000Z"],
      ["2026-11-21 10:00:00.25+05:30", "2026-11-21T04:30:00.250Z"],
      ["0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000Z"],
      ["1969-12-31 23:59:59.999+00", "1969-12-31T23:59:59.999Z"],
      ["infinity", "+275760-09-13T00:00:00.000Z"],
      ["-infinity", "-271821-04-20T00:00:00.000Z"],
      ["2026-11-21", "2026-11-21T00:00:00.000Z"],
      ["2026-11-21 10:00:00", "2026-11-21T10:00:00.000Z"],
      ["2026-11-21T10:00:00.25Z", "2026-11-21T10:00:00.250Z"],
      ["2026-11-21T10:00:00.1234567-0330", "2026-11-21T13:30:00.123Z"],
      ["1815-12-10 10:00:00+05:53:28", "1815-12-10T04:06:32.000Z"],
      ["2030-01-01T10:00Z", "2030-01-01T10:00:00.000Z"],
      ["10000-01-01 00:00:00+00", "+010000-01-01T00:00:00.000Z"],
      ["0044-03-15 00:00:00-00:01", "0044-03-15T00:01:00.000Z"],
    ];
    for (const [text, iso] of texts) assert.equal(parseTimestamp(text).toISOString(), iso, text);
  });

  it("returns an invalid Date for anything else, even if the runtime would parse it", () => {
    for (
      const text of [
        "big 12",
        "12",
        "",
        "2026",
        "0044-03-15 00:00:00+00 BC",
        "27.11.2026",
        "11/27/2026 10:00:00 UTC",
        ...NO_MOMENTS,
      ]
    ) {
      assert.ok(Number.isNaN(parseTimestamp(text).getTime()), text);
    }
  });

  it("reads every date as the runtime does", () => {
    const moment = fc.date({ min: new Date("0001-01-02"), max: new Date("9999-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: -12, max: 14 }),
        fc.integer({ min: 0, max: 6 }),
        (date, zone, digits) => {
          const local = new Date(date.getTime() + zone * 3_600_000).toISOString();
          const fraction = digits === 0 ? "" : `${local.slice(19, 23)}999`.slice(0, digits + 1);
          const sign = zone < 0 ? "-" : "+";
          const text = `${local.slice(0, 10)} ${local.slice(11, 19)}${fraction}${sign}${
            String(Math.abs(zone)).padStart(2, "0")
          }`;
          const expected = digits === 0 ? 0 : Number(fraction.slice(1, 4).padEnd(3, "0"));
          assert.equal(
            parseTimestamp(text).getTime(),
            Math.floor(date.getTime() / 1000) * 1000 + expected,
            text,
          );
        },
      ),
    );
  });
});
