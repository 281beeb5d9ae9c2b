/** The client address of a request, with proxies in front and with clients that send their own X-Forwarded-For. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIpNetwork } from "../../../src/internal/ip_address.ts";
import { clientVisitor } from "../../../src/sockets/admission/client_address.ts";

/** Trusted proxies: a private network, the local machine and an IPv6 network. */
const PROXIES = ["10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48"].map((text) => parseIpNetwork(text)!);

const CASES: readonly (readonly [
  name: string,
  peer: string | undefined,
  header: string | null,
  proxies: typeof PROXIES | number,
  client: string | null,
])[] = [
  ["without trusted proxies the header is ignored", "198.51.100.1", "1.1.1.1", [], "198.51.100.1"],
  ["a header from an untrusted peer is ignored", "198.51.100.1", "1.1.1.1", PROXIES, "198.51.100.1"],
  ["a header from a trusted proxy is used", "10.0.0.1", "1.1.1.1", PROXIES, "1.1.1.1"],
  [
    "a trusted proxy is recognised by its IPv4-mapped address",
    "::ffff:10.0.0.1",
    "1.1.1.1",
    PROXIES,
    "1.1.1.1",
  ],
  [
    "the last entry that is not a proxy is the client",
    "10.0.0.1",
    "6.6.6.6, 1.1.1.1, 10.0.0.2",
    PROXIES,
    "1.1.1.1",
  ],
  [
    "entries before the client's are ignored, even proxy addresses",
    "10.0.0.1",
    "10.9.9.9, 6.6.6.6, 1.1.1.1",
    PROXIES,
    "1.1.1.1",
  ],
  ["without a header the proxy itself is the client", "10.0.0.1", null, PROXIES, "10.0.0.1"],
  ["an empty header is ignored", "10.0.0.1", "", PROXIES, "10.0.0.1"],
  ["an unreadable last entry is ignored", "10.0.0.1", "1.1.1.1, unknown", PROXIES, "10.0.0.1"],
  [
    "an unreadable entry before a proxy leaves that proxy as the client",
    "10.0.0.1",
    "nonsense, 10.0.0.2",
    PROXIES,
    "10.0.0.2",
  ],
  [
    "in a header of proxies alone the first entry is the client",
    "10.0.0.1",
    "10.0.0.3, 10.0.0.2",
    PROXIES,
    "10.0.0.3",
  ],
  ["the port of an IPv4 address is removed", "127.0.0.1", "1.1.1.1:55555", PROXIES, "1.1.1.1"],
  [
    "the port of a bracketed IPv6 address is removed",
    "127.0.0.1",
    "[2001:db8:0:1::5]:443",
    PROXIES,
    "2001:db8:0:1::/64",
  ],
  [
    "a bracketed IPv6 address needs no port",
    "2001:db8:ffff::1",
    "[2001:db8:0:1::5]",
    PROXIES,
    "2001:db8:0:1::/64",
  ],
  ["an IPv4-mapped peer is returned as an IPv4 address", "::ffff:198.51.100.1", null, [], "198.51.100.1"],
  ["an unknown peer stays unknown, even with a header", undefined, "1.1.1.1", PROXIES, null],
  ["an unreadable peer address gives no client", "unix", null, [], null],
  ["with one hop the last entry is the client", "198.51.100.1", "6.6.6.6, 1.1.1.1", 1, "1.1.1.1"],
  [
    "with two hops the entry before the last is the client",
    "198.51.100.1",
    "6.6.6.6, 1.1.1.1, 10.0.0.2",
    2,
    "1.1.1.1",
  ],
  ["with fewer entries than hops the peer is the client", "198.51.100.1", "1.1.1.1", 2, "198.51.100.1"],
  [
    "with hops an unreadable entry leaves the peer as the client",
    "198.51.100.1",
    "1.1.1.1, ?",
    1,
    "198.51.100.1",
  ],
  ["with hops the peer may be unknown", undefined, "1.1.1.1", 1, "1.1.1.1"],
];

for (const [name, peer, header, proxies, client] of CASES) {
  test(name, () => assert.equal(clientVisitor(peer, header, proxies), client));
}

test("a very long header is read only as far as needed", () => {
  const start = performance.now();
  const header = ",".repeat(1_000_000);
  for (let turn = 0; turn < 1000; turn++) {
    assert.equal(clientVisitor("10.0.0.1", header, PROXIES), "10.0.0.1");
  }
  assert.ok(performance.now() - start < 1000);
});
