/** `safeNext`: `url_has_allowed_host_and_scheme`. Where an old release is too lenient, the newest one applies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { urlHasAllowedHostAndScheme } from "../../src/origin/safe_url.ts";
import { vectorCases } from "./load.ts";

interface Case {
  url: string;
  allowedHosts: string[];
  requireHttps: boolean;
  safe: boolean;
}

/**
 * What only older releases consider safe: in 3.2 a tab or line feed between slashes, in 3.2 and 4.2 a URL of any
 * length.
 */
function isTooLenient(release: string, url: string): boolean {
  return (release === "3.2" && /^\/[\t\n]/.test(url)) || (release < "5" && url.length > 2048);
}

for (const { release, cases } of vectorCases<Case>("safeNext")) {
  test(`a URL is safe to redirect to as in Django ${release}`, () => {
    for (const { url, allowedHosts, requireHttps, safe } of cases) {
      const expected = safe && !isTooLenient(release, url);
      const text = `${JSON.stringify(url)} with ${allowedHosts}`;
      assert.equal(urlHasAllowedHostAndScheme(url, allowedHosts, requireHttps), expected, text);
    }
  });
}
