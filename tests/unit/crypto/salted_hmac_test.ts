import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSaltedHmac, saltedHmac } from "../../../src/crypto/salted_hmac.ts";
import { toHex, utf8 } from "../../../src/internal/bytes.ts";

describe("a salted HMAC", () => {
  it("uses SHA-1 by default, as in Django", () => {
    // From tests/utils_tests/test_crypto.py of Django.
    assert.equal(toHex(saltedHmac("salt", "value", "abcdefg")), "8bbee04ccddfa24772d1423a0ba43bd0c0e24b76");
  });

  it("is the same for text and for its UTF-8", () => {
    assert.deepEqual(
      saltedHmac(utf8("sält"), utf8("välue"), utf8("sécret"), "sha256"),
      saltedHmac("sält", "välue", "sécret", "sha256"),
    );
  });

  it("is different for a different salt", () => {
    assert.notDeepEqual(saltedHmac("a", "value", "secret"), saltedHmac("b", "value", "secret"));
  });

  it("can be computed for many values with one derived key", () => {
    const mac = createSaltedHmac("salt", "secret", "sha512");
    for (const value of ["", "a", "b"]) {
      assert.deepEqual(mac(value), saltedHmac("salt", value, "secret", "sha512"));
    }
  });
});
