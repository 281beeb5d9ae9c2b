import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cookieValue, expiredCookie, serializeCookie } from "../../../src/internal/cookies.ts";
import { parseCookies } from "../../bridge/parse_cookies.ts";
import { hostileMix, hostileText } from "./hostile_text.ts";
import { withPlainNames } from "./plain_names.ts";

const hostileHeader = (): fc.Arbitrary<string> =>
  fc.oneof(
    hostileText(),
    hostileMix("a", "b", "=", ";", " ", '"', "\\", "0", "7", "\t", "\x1c", "\ufeff", ","),
  );

describe("a Cookie header", () => {
  // Expected values are those of Django 5.2's parse_cookie.
  const headers: [string, [string, string][]][] = [
    ["a=1; b=2", [["a", "1"], ["b", "2"]]],
    ["a=1;a=2", [["a", "2"]]],
    ["nameless; a=1", [["", "nameless"], ["a", "1"]]],
    ["=x; =", [["", "x"]]],
    [" ; ;;", []],
    ["a = x ", [["a", "x"]]],
    ["a=b=c", [["a", "b=c"]]],
    ['a="q;b=2', [["a", '"q'], ["b", "2"]]],
    ['a="\\073\\"\\\\\\400"', [["a", ';"\\400']]],
    ['a="', [["a", '"']]],
    ["a=%41", [["a", "%41"]]],
    ["\x1ca\x85=\u3000x\xa0", [["a", "x"]]],
    ["\ufeffa=1", [["\ufeffa", "1"]]],
    ["__proto__=1; constructor=2", [["__proto__", "1"], ["constructor", "2"]]],
  ];
  for (const [header, cookies] of headers) {
    it(`${JSON.stringify(header)} is parsed as in Django`, () => {
      assert.deepEqual([...parseCookies(header)], cookies);
    });
  }

  it("never makes parsing throw, and cookieValue agrees with parseCookies", () => {
    fc.assert(fc.property(hostileHeader(), fc.constantFrom("a", "b", "", "ab", "0"), (header, name) => {
      const cookies = parseCookies(withPlainNames(header));
      assert.equal(cookieValue(header, name), cookies.get(name));
      for (const [key, value] of cookies) assert.equal(cookieValue(header, key), value);
    }));
  });

  it("allows only spaces and tabs around a name, so that other whitespace cannot bypass the prefix __Host-", () => {
    const name = "__Host-sessionid";
    const own = `${name}=own`;
    for (const space of ["\xa0", "\x85", "\x1c", "\x0b", "\u2003", " \xa0", "\xa0 "]) {
      for (const tossed of [`${space}${name}=tossed`, `${name}${space}=tossed`]) {
        assert.equal(cookieValue(`${own}; ${tossed}`, name), "own");
        assert.equal(cookieValue(tossed, name), undefined);
      }
    }
    assert.equal(cookieValue(`\t ${name} \t=last`, name), "last");
  });

  it("is parsed in linear time", () => {
    const headers = [";", " ", "=", "\x1c", 'a="\\', " x "].map((piece) => "\xa0" + piece.repeat(200_000));
    const before = performance.now();
    for (const header of headers) {
      parseCookies(header);
      cookieValue(header, "sessionid");
    }
    assert.ok(performance.now() - before < 2000);
  });
});

describe("a Set-Cookie line", () => {
  it("has the attributes in Python's order", () => {
    const line = serializeCookie({
      name: "sessionid",
      value: "abc",
      maxAge: 60.9,
      expires: new Date(Date.UTC(2024, 1, 2, 3, 4, 5, 999)),
      domain: ".example.com",
      path: "/app",
      secure: true,
      httpOnly: true,
      sameSite: "Lax",
    });
    assert.equal(
      line,
      "sessionid=abc; Domain=.example.com; expires=Fri, 02 Feb 2024 03:04:05 GMT; HttpOnly; Max-Age=60; " +
        "Path=/app; SameSite=Lax; Secure",
    );
  });

  it("has the path / by default, and none if it is null", () => {
    assert.equal(serializeCookie({ name: "a", value: "b" }), "a=b; Path=/");
    assert.equal(
      serializeCookie({ name: "a", value: "b", path: null, domain: null, sameSite: false }),
      "a=b",
    );
  });

  it("quotes what Python quotes", () => {
    const quoted: [string, string][] = [
      ["", '""'],
      ["a b", '"a b"'],
      ["a;b", '"a\\073b"'],
      ['"', '"\\""'],
      [
        "\\",
        '"\\\\"',
      ],
      ["\r\n", '"\\015\\012"'],
      ["é", '"\\351"'],
      ["a/b=c", '"a/b=c"'],
      ["!#$%&'*+-.^_`|~:", "!#$%&'*+-.^_`|~:"],
    ];
    for (const [value, written] of quoted) {
      assert.equal(serializeCookie({ name: "a", value, path: null }), `a=${written}`);
    }
  });

  it("is a single line whatever the value, which is parsed again", () => {
    const latin1Text = fc.array(fc.integer({ min: 0, max: 255 })).map((codes) =>
      String.fromCharCode(...codes)
    );
    fc.assert(fc.property(latin1Text, (value) => {
      const line = serializeCookie({ name: "a", value, path: null });
      assert.match(line, /^a=[\x20-\x7e]+$/);
      assert.equal(line.includes(";"), false);
      assert.equal(parseCookies(line).get("a"), value);
    }));
  });

  const broken: [string, Parameters<typeof serializeCookie>[0]][] = [
    ["a name with a space", { name: "a b", value: "" }],
    ["an empty name", { name: "", value: "" }],
    ["a name that is an attribute", { name: "Max-Age", value: "" }],
    ["a value that no header can hold", { name: "a", value: "\u0100" }],
    ["a path that begins another attribute", { name: "a", value: "", path: "/; Domain=evil.example" }],
    ["a domain that begins another header", { name: "a", value: "", domain: "x\r\nSet-Cookie: b=c" }],
    ["a maxAge that is no number", { name: "a", value: "", maxAge: NaN }],
    ["an invalid date", { name: "a", value: "", expires: new Date(NaN) }],
  ];
  for (const [what, cookie] of broken) {
    it(`refuses ${what}`, () => {
      assert.throws(() => serializeCookie(cookie), RangeError);
    });
  }
});

describe("a cookie that deletes another", () => {
  it("equals that of Django's delete_cookie", () => {
    assert.equal(
      serializeCookie(expiredCookie("sessionid", { path: "/app", domain: "example.com", sameSite: "Lax" })),
      'sessionid=""; Domain=example.com; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/app; SameSite=Lax',
    );
  });

  it("is secure where a browser would otherwise ignore it", () => {
    assert.equal(expiredCookie("__Host-a").secure, true);
    assert.equal(expiredCookie("__Secure-a").secure, true);
    assert.equal(expiredCookie("a", { sameSite: "None" }).secure, true);
    assert.equal(expiredCookie("a", { sameSite: "Strict" }).secure, false);
  });
});
