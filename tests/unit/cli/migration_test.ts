/** The migrations that `djauth triggers migration` prints. Real Djangos apply them in `tests/e2e`. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { call } from "./call.ts";

describe("djauth triggers migration --reverse", () => {
  it("prints the same migration the other way round, and says so", async () => {
    const options = "--tokens --app accounts --dependency accounts.0002_djauth";
    const { out: installing } = await call(`triggers migration ${options}`);
    const { status, out: uninstalling } = await call(`triggers migration --reverse ${options}`);
    assert.equal(status, 0);
    assert.match(
      installing,
      /^"""Triggers that [^]*Created by "djauth triggers migration"\. [^]*"""Installs the /,
    );
    assert.match(
      uninstalling,
      /^"""Uninstalls [^]*, for the app "accounts"\.\n\nColumns [^]*\n\nCreated by "djauth triggers migration --reverse"\. [^]*"""Removes the /,
    );
    assert.match(uninstalling, /operations = \[PostgresSQL\(UNINSTALL, INSTALL\)\]\n$/);
    // The statements are the same, and so are the dependencies.
    for (const part of [/\nINSTALL = [^]*\nclass Migration/, /dependencies = [^]*\n {4}\]/]) {
      assert.equal(part.exec(uninstalling)?.[0], part.exec(installing)![0]);
    }
  });
});
