/** Timestamps as the drivers of applications return them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { toDate } from "../../../src/stores/values.ts";

const MOMENT = new Date("2030-01-01T10:00:00.250Z");

const given: Readonly<Record<string, unknown>> = {
  "a Date": MOMENT,
  "a Date of another realm": vm.runInNewContext("new Date(1893492000250)"),
  milliseconds: MOMENT.getTime(),
  "a bigint of them": BigInt(MOMENT.getTime()),
  "text of Postgres": "2030-01-01 11:00:00.25+01",
  "an object that is ISO 8601 as text, as of Temporal": { toString: () => "2030-01-01T10:00:00.25Z" },
  "an object that is for people as text, as of dayjs": {
    toString: () => "Tue, 01 Jan 2030 10:00:00 GMT",
    toISOString: () => "2030-01-01T10:00:00.250Z",
  },
};
for (const [name, value] of Object.entries(given)) {
  test(`a timestamp may be ${name}`, () => assert.equal(toDate(value).getTime(), MOMENT.getTime()));
}

for (const value of ["soon", {}, [], true, { toISOString: () => null }]) {
  test(`a timestamp cannot be ${JSON.stringify(value)}`, () =>
    assert.ok(Number.isNaN(toDate(value).getTime())));
}
