/** Where a request comes from, with proxies in front and with clients who write headers of their own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIpNetwork } from "../../../src/internal/ip_address.ts";
import { clientVisitor } from "../../../src/sockets/admission/client_address.ts";

/** Two proxies in a row, and one on the own machine. */
const PROXIES = ["10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48"].map((text) => parseIpNetwork(text)!);

const CASES: readonly (readonly [
  name: string,
  peer: string | undefined,
  header: string | null,
  proxies: typeof PROXIES | number,
  client: string | null,
])[] = [
  ["nobody's header is believed without proxies", "198.51.100.1", "1.1.1.1", [], "198.51.100.1"],
  ["nor a stranger's where there are proxies", "198.51.100.1", "1.1.1.1", PROXIES, "198.51.100.1"],
  ["a proxy's is", "10.0.0.1", "1.1.1.1", PROXIES, "1.1.1.1"],
  ["also as the runtime says it over IPv6", "::ffff:10.0.0.1", "1.1.1.1", PROXIES, "1.1.1.1"],
  ["only what the proxies wrote counts", "10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", PROXIES, "1.1.1.1"],
  ["not what a client wrote before that", "10.0.0.1", "10.9.9.9, 6.6.6.6, 1.1.1.1", PROXIES, "1.1.1.1"],
  ["without a header it is the proxy itself", "10.0.0.1", null, PROXIES, "10.0.0.1"],
  ["an empty header says nothing", "10.0.0.1", "", PROXIES, "10.0.0.1"],
  ["what cannot be read says nothing", "10.0.0.1", "1.1.1.1, unknown", PROXIES, "10.0.0.1"],
  ["nor what a proxy wrote behind it", "10.0.0.1", "nonsense, 10.0.0.2", PROXIES, "10.0.0.2"],
  ["a chain of proxies alone ends with the last", "10.0.0.1", "10.0.0.3, 10.0.0.2", PROXIES, "10.0.0.3"],
  ["ports are left out", "127.0.0.1", "1.1.1.1:55555", PROXIES, "1.1.1.1"],
  ["also behind brackets", "127.0.0.1", "[2001:db8:0:1::5]:443", PROXIES, "2001:db8:0:1::/64"],
  ["brackets need no port", "2001:db8:ffff::1", "[2001:db8:0:1::5]", PROXIES, "2001:db8:0:1::/64"],
  ["over IPv6 as well, without a header", "::ffff:198.51.100.1", null, [], "198.51.100.1"],
  ["a peer that is not known stays so", undefined, "1.1.1.1", PROXIES, null],
  ["a peer that cannot be read is none", "unix", null, [], null],
  ["one hop believes the last entry", "198.51.100.1", "6.6.6.6, 1.1.1.1", 1, "1.1.1.1"],
  ["two hops the one before", "198.51.100.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", 2, "1.1.1.1"],
  ["too few entries are the peer", "198.51.100.1", "1.1.1.1", 2, "198.51.100.1"],
  ["an entry that cannot be read as well", "198.51.100.1", "1.1.1.1, ?", 1, "198.51.100.1"],
  ["hops need no peer", undefined, "1.1.1.1", 1, "1.1.1.1"],
];

for (const [name, peer, header, proxies, client] of CASES) {
  test(name, () => assert.equal(clientVisitor(peer, header, proxies), client));
}

test("a long header costs no more than what is believed of it", () => {
  const start = performance.now();
  const header = ",".repeat(1_000_000);
  for (let turn = 0; turn < 1000; turn++) {
    assert.equal(clientVisitor("10.0.0.1", header, PROXIES), "10.0.0.1");
  }
  assert.ok(performance.now() - start < 1000);
});
