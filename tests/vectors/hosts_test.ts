/** `hosts`: `split_domain_port` of a Host header, and `validate_host` of the domain. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { splitDomainPort, validateHost } from "../../src/origin/host.ts";
import { vectorCases } from "./load.ts";

interface Case {
  host: string;
  allowedHosts: string[];
  domain: string;
  port: string;
  allowed: boolean;
}

for (const { release, cases } of vectorCases<Case>("hosts")) {
  test(`hosts are split and validated as in Django ${release}`, () => {
    for (const { host, allowedHosts, domain, port, allowed } of cases) {
      assert.deepEqual(splitDomainPort(host), { domain, port }, host);
      assert.equal(
        domain !== "" && validateHost(domain, allowedHosts),
        allowed,
        `${host} by ${allowedHosts}`,
      );
    }
  });
}
