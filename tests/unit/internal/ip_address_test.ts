/** IP addresses and networks, as a client may put them into a header. */

import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  isInNetwork,
  parseIpAddress,
  parseIpNetwork,
  visitorIn,
  visitorOf,
} from "../../../src/internal/ip_address.ts";

/** The visitor that an address counts as; `null` if it is not an address. */
function counted(text: string): string | null {
  const address = parseIpAddress(text);
  return address === null ? null : visitorOf(address);
}

const COUNTED: readonly (readonly [text: string, visitor: string])[] = [
  ["127.0.0.1", "127.0.0.1"],
  ["255.255.255.255", "255.255.255.255"],
  ["0.0.0.0", "0.0.0.0"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:cb00:7107", "203.0.113.7"],
  ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:DB8:0:1::9", "2001:db8:0:1::/64"],
  ["2001:db8::1:2:3:4", "2001:db8:0:0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
  ["64:ff9b::1.2.3.4", "64:ff9b:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
];

for (const [text, visitor] of COUNTED) {
  test(`${text} counts as ${visitor}`, () => {
    assert.equal(counted(text), visitor);
    assert.equal(visitorIn(text), visitor);
  });
}

const NONE: readonly string[] = [
  ...["", " ", "unknown", "_hidden", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x1.2.3.4"],
  ...["1.2.3.4 ", "1.2.3.4:80", "[::1]", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", ":1", "1:"],
  ...["1:2:3:4:5:6:7:8::", "::12345", "::g", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "１.2.3.4", "-1.2.3.4"],
  ...["1.2.3.4\n", "::1\0", "4294967295", "1.2.3.4/8", "::".repeat(50)],
];

test("a text that is not an address returns null", () => {
  for (const text of NONE) assert.equal(counted(text), null, JSON.stringify(text));
});

test("a text is an address exactly if node:net accepts it", () => {
  const pieces = fc.array(
    fc.constantFrom("::", ":", ".", "0", "1", "ff", "255", "256", "ffff", "1.2.3.4", "g"),
  );
  const texts = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), pieces.map((list) => list.join("")));
  fc.assert(
    fc.property(texts, (text) => {
      assert.equal(parseIpAddress(text) !== null, isIP(text) !== 0, JSON.stringify(text));
      assert.equal(visitorIn(text), counted(text), JSON.stringify(text));
    }),
    { numRuns: 5000 },
  );
});

const INSIDE: readonly (readonly [network: string, inside: readonly string[], outside: readonly string[]])[] =
  [
    ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["11.0.0.0", "9.255.255.255", "a00::"]],
    ["192.168.4.0/23", ["192.168.5.255"], ["192.168.6.0", "192.168.3.255"]],
    ["127.0.0.1", ["127.0.0.1", "::ffff:127.0.0.1"], ["127.0.0.2", "::1"]],
    ["::ffff:10.0.0.0/104", ["10.2.3.4"], ["11.0.0.0"]],
    ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::", "2001:db9::"]],
    ["::1/128", ["::1"], ["::2", "127.0.0.1"]],
  ];

for (const [text, inside, outside] of INSIDE) {
  test(`${text} contains its addresses and no others`, () => {
    const network = parseIpNetwork(text)!;
    for (const address of inside) assert.equal(isInNetwork(parseIpAddress(address)!, network), true, address);
    for (const address of outside) {
      assert.equal(isInNetwork(parseIpAddress(address)!, network), false, address);
    }
  });
}

test("a text that is not a network, or has bits after its prefix, returns null", () => {
  const texts = [
    "10.0.0.1/8",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "/8",
    "10/8",
  ];
  for (const text of [...texts, "10.0.0.0/-1", "2001:db8::1/64", "", "x"]) {
    assert.equal(parseIpNetwork(text), null, text);
  }
});
