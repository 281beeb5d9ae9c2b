/** Names of tables and columns in Postgres. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  requirePostgresName,
  requireTableName,
  schemaHint,
  splitTableName,
} from "../../../src/internal/postgres_name.ts";

describe("a name for Postgres", () => {
  it("may contain anything but control characters", () => {
    for (const name of ["a", "my.schema", 'a"; drop table x; --', "ключ", "x".repeat(63)]) {
      assert.equal(requirePostgresName("table", name), name);
    }
  });

  it("is refused outside 1 to 63 bytes or with control characters, with the option in the message", () => {
    for (const name of ["", "x".repeat(64), "é".repeat(32), "a\0b", "a\nb", "a\x7f", 7, null, undefined]) {
      assert.throws(() => requirePostgresName("table", name), {
        code: "improperly_configured",
        message: `table has the name "${name}", expected 1 to 63 bytes without control characters`,
      });
    }
  });
});

describe("the name of a table", () => {
  it("may contain a dot, but not Django's quoting trick for another schema", () => {
    for (const name of ["people", "crm.people", 'a"b', "."]) {
      assert.equal(requireTableName("table", name), name);
    }
    for (const name of ['crm"."people', '"crm"."people"']) {
      assert.throws(() => requireTableName("table", name), {
        code: "improperly_configured",
        message: `table has the name "${name}", expected schema: "crm", table: "people"`,
      });
    }
    assert.throws(() => requireTableName("table", ""), { code: "improperly_configured" });
  });

  it("is split where it contains its schema", () => {
    for (const name of ["crm.people", 'crm"."people', '"crm"."people"']) {
      assert.deepEqual(splitTableName(name), { schema: "crm", table: "people" });
      assert.equal(
        schemaHint(name),
        '; for a table in another schema, expected schema: "crm", table: "people"',
      );
    }
    assert.deepEqual(splitTableName("a.b.c"), { schema: "a", table: "b.c" });
    for (const name of ["people", ".people", "crm.", '"people"', ""]) {
      assert.equal(splitTableName(name), null);
      assert.equal(schemaHint(name), "");
    }
  });
});
