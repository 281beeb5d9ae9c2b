/** When a refused write is tried again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseError, DatabaseUnavailable } from "../../../src/errors.ts";
import { WriteRight } from "../../../src/users/write_right.ts";

const refused = (sqlState: string): DatabaseError =>
  new DatabaseError("Refused", "database_permission_denied", { sqlState });

/** A `WriteRight` and its clock. */
function rightAt(): { right: WriteRight; time: { now: number } } {
  const time = { now: 0 };
  return { right: new WriteRight({ now: () => time.now, after: () => () => {} }), time };
}

test("a role without the permission is not tried again", () => {
  const { right, time } = rightAt();
  assert.equal(right.isDenied, false);
  assert.equal(right.noteDenial(refused("42501")), true);
  time.now = 1e12;
  assert.equal(right.isDenied, true);
});

test("a standby is tried again after a minute, since it may have been promoted", () => {
  const { right, time } = rightAt();
  assert.equal(right.noteDenial(refused("25006")), true);
  assert.deepEqual(
    [59_999, 60_000].map((now) => {
      time.now = now;
      return right.isDenied;
    }),
    [true, false],
  );
});

test("other errors do not count as a denied write", () => {
  const { right } = rightAt();
  for (const error of [new DatabaseUnavailable(), new DatabaseError("Broken"), new TypeError("Broken")]) {
    assert.equal(right.noteDenial(error), false);
  }
  assert.equal(right.isDenied, false);
});
