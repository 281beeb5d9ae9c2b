/** Cookie headers and Set-Cookie lines, in both directions. */

import assert from "node:assert/strict";
import { cookieValue, expiredCookie, serializeCookie, type SetCookie } from "../../src/internal/cookies.ts";
import { parseCookies } from "../bridge/parse_cookies.ts";
import type { SameSite } from "../../src/types.ts";
import { withPlainNames } from "../unit/internal/plain_names.ts";
import type { Question } from "../ground/oracle_types.ts";
import { compareFormats, ok } from "./compare.ts";
import { text } from "./generate.ts";
import { COUNT, type Random } from "./random.ts";

const NAME_CHARS = "abcXYZ019!#$%&'*+-.^_`|~:";
const NAMES = ["sessionid", "csrftoken", "__Host-sessionid", "__Secure-a", "a", "messages"];
const BAD_NAMES = [
  "",
  "a b",
  "a=b",
  "a;b",
  'a"b',
  "é",
  "a,b",
  "Path",
  "EXPIRES",
  "samesite",
  "max-age",
  "a\n",
  "[a]",
];
const VALUE_CHARS =
  "abcXYZ019!#$%&'*+-.^_`|~:=/?@[]{}()<> ,;\"\\\t\u0000\n\r\u001f\u007f\u0080\u00a0\u00e9\u00ff";
const HEADER_PIECES = [
  ...[
    "sessionid=",
    "csrftoken=",
    "a=",
    "=",
    ";",
    "; ",
    ";;",
    " ",
    "\t",
    '"',
    '\\"',
    "\\054",
    "\\000",
    "\\377",
    "\\400",
  ],
  ...[
    "\\09",
    "\\",
    "\\\\",
    "abc",
    "%41",
    "%",
    "+",
    "\u0000",
    "\u00a0",
    "\u0085",
    "\u001c",
    "\ufeff",
    "\u00e9",
    "中",
    "$Path=/",
  ],
  ...['"x\\012y"', '"a;b"', "sessionid", "SESSIONID=x", "a=1; a=2", "\n", "\r", "=; =", '""', '"'],
];
const DOMAINS = ["example.com", ".example.com", "", "localhost", "b\u00fccher.example"];
const PATHS = ["/", "/app/", "", "/a b", "/é", "/a,b"];

interface CookieCase {
  name: string;
  value: string;
  maxAge: number | null;
  domain: string | null;
  path: string | null;
  secure: boolean;
  httpOnly: boolean;
  sameSite: SameSite;
  now: number;
}

function cookieCase(random: Random): CookieCase {
  return {
    name: random.oneIn(8)
      ? random.pick(BAD_NAMES)
      : random.oneIn(2)
      ? random.pick(NAMES)
      : random.letters(NAME_CHARS, 8, 1),
    value: random.oneIn(3) ? random.letters("abcdefgh0123456789", 32) : random.letters(VALUE_CHARS, 12),
    maxAge: random.oneIn(3) ? null : random.pick([0, 1, -5, 1209600, random.below(2 ** 31)]),
    domain: random.oneIn(2) ? null : random.pick(DOMAINS),
    path: random.pick(PATHS),
    secure: random.oneIn(2),
    httpOnly: random.oneIn(2),
    sameSite: random.pick(["Lax", "Strict", "None", false]),
    now: random.between(1, 4_000_000_000),
  };
}

function questionOf(case_: CookieCase): Question {
  const { name, value, maxAge, domain, path, secure, httpOnly, sameSite, now } = case_;
  const samesite = sameSite === false ? null : sameSite;
  return {
    op: "cookies.set",
    args: { name, value, max_age: maxAge, domain, path, secure, httponly: httpOnly, samesite },
    now,
  };
}

function cookieOf({ now, ...cookie }: CookieCase): SetCookie {
  const expires = cookie.maxAge === null ? null : new Date((now + cookie.maxAge) * 1000);
  return { ...cookie, expires };
}

/** The name=value pair of a Set-Cookie line that a browser sends back. */
function pairOf(line: string): string {
  // A `;` in a quoted value is escaped.
  return line.split("; ")[0]!;
}

compareFormats("a Set-Cookie line is Django's to the byte, and its value comes back", {
  generate: cookieCase,
  ask: (case_) => [questionOf(case_)],
  check(case_, [line]) {
    if (line?.error !== undefined) {
      // Newer Pythons refuse control characters, which older ones escape.
      // deno-lint-ignore no-control-regex -- they are what is looked for
      if (/[\x00-\x1f\x7f]/.test(case_.value)) return;
      assert.throws(() => serializeCookie(cookieOf(case_)), RangeError);
      return;
    }
    const written = serializeCookie(cookieOf(case_));
    assert.equal(written, ok(line));
    assert.equal(cookieValue(pairOf(written), case_.name), case_.value);
  },
});

compareFormats("a value that was set here comes back at Django's", {
  generate(random) {
    const case_ = cookieCase(random);
    const name = random.pick(NAMES);
    return { name, value: case_.value, header: pairOf(serializeCookie({ ...cookieOf(case_), name })) };
  },
  ask: ({ header }) => [{ op: "cookies.parse", args: { header: `first=1; ${header}; last="2"` } }],
  check({ name, value, header }, [pairs]) {
    const expected = [["first", "1"], [name, value], ["last", "2"]];
    assert.deepEqual(ok(pairs), expected);
    assert.deepEqual([...parseCookies(`first=1; ${header}; last="2"`)], expected);
  },
});

compareFormats("a Cookie header says what it says to Django", {
  generate: (random) => ({
    header: random.many(
      random.below(14),
      () => random.oneIn(8) ? text(random, false, 2) : random.pick(HEADER_PIECES),
    ).join(""),
  }),
  ask: ({ header }) =>
    [header, withPlainNames(header)].map((header) => ({ op: "cookies.parse", args: { header } })),
  check({ header }, [pairs, plain]) {
    assert.deepEqual([...parseCookies(header)], ok<[string, string][]>(pairs));
    const expected = ok<[string, string][]>(plain);
    for (const [name, value] of expected) assert.equal(cookieValue(header, name), value);
    const names = new Set(expected.map(([name]) => name));
    for (const name of ["sessionid", "", "a"]) {
      if (!names.has(name)) assert.equal(cookieValue(header, name), undefined);
    }
  },
});

compareFormats("a cookie is deleted with Django's line", {
  generate: (random) => ({ ...cookieCase(random), name: random.pick(NAMES) }),
  ask: ({ name, domain, path, sameSite }) => [
    { op: "cookies.delete", args: { name, domain, path, samesite: sameSite === false ? null : sameSite } },
  ],
  check({ name, domain, path, sameSite }, [line]) {
    assert.equal(serializeCookie(expiredCookie(name, { domain, path, sameSite })), ok(line));
  },
}, COUNT / 4);
