import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builtinModule } from "../../../src/internal/builtin.ts";

describe("a built-in module", () => {
  it("is found in this runtime", () => {
    const crypto = builtinModule("node:crypto") as { createHmac: unknown };
    assert.equal(typeof crypto.createHmac, "function");
  });

  it("is undefined where the runtime does not have it", () => {
    assert.equal(builtinModule("node:no_such_module" as "node:crypto"), undefined);
  });
});
