/** The names that Postgres takes as they are. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requirePostgresName } from "../../../src/internal/postgres_name.ts";

describe("a name for Postgres", () => {
  it("may hold anything but control characters", () => {
    for (const name of ["a", "my.schema", 'a"; drop table x; --', "ключ", "x".repeat(63)]) {
      assert.equal(requirePostgresName("table", name), name);
    }
  });

  it("has 1 to 63 bytes and no control characters, and the message names the option", () => {
    for (const name of ["", "x".repeat(64), "é".repeat(32), "a\0b", "a\nb", "a\x7f", 7, null, undefined]) {
      assert.throws(() => requirePostgresName("table", name), {
        code: "improperly_configured",
        message: `table has the name "${name}", expected 1 to 63 bytes without control characters`,
      });
    }
  });
});
