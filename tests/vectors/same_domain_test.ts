/** `sameDomain`: `is_same_domain(host, pattern)`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isSameDomain } from "../../src/origin/same_domain.ts";
import { vectorCases } from "./load.ts";

for (
  const { release, cases } of vectorCases<{ host: string; pattern: string; same: boolean }>("sameDomain")
) {
  test(`domains match as in Django ${release}`, () => {
    for (const { host, pattern, same } of cases) {
      assert.equal(isSameDomain(host, pattern), same, `${host} by ${pattern}`);
    }
  });
}
