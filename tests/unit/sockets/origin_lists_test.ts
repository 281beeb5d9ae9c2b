/** The lists of hosts and origins are those of the start: a host that was allowed is remembered. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loggedIn } from "../auth/cached_site.ts";
import { siteWith } from "../auth/site.ts";
import { upgradeRequest } from "./socket_site.ts";

test("lists of hosts and origins are copied", async () => {
  const lists = { allowedHosts: ["localhost"], trustedOrigins: ["https://one.example"] };
  const { auth } = await siteWith({
    allowedHosts: lists.allowedHosts,
    csrf: { trustedOrigins: lists.trustedOrigins },
  });
  const cookie = await loggedIn(auth);
  for (const list of Object.values(lists)) list.length = 0;
  lists.trustedOrigins.push("https://two.example");
  const upgraded = async (origin: string): Promise<boolean> => {
    const request = upgradeRequest(cookie);
    request.headers.set("origin", origin);
    return (await auth.upgrade(request, {})).accepted;
  };
  const origins = ["http://localhost", "https://one.example", "https://two.example"];
  assert.deepEqual(await Promise.all(origins.map(upgraded)), [true, true, false]);
  await auth.close();
});
