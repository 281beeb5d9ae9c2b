/** `csrf`: whether the token of a form or header matches the cookie's secret, each masked or not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { doesTokenMatch } from "../../src/origin/csrf_token.ts";
import { vectorCases } from "./load.ts";

for (const { release, cases } of vectorCases<{ token: string; cookie: string; match: boolean }>("csrf")) {
  test(`CSRF tokens match as in Django ${release}`, () => {
    for (const { token, cookie, match } of cases) assert.equal(doesTokenMatch(token, cookie), match, token);
  });
}
