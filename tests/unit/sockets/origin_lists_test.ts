/** The lists of hosts and origins are those of the start: a host that was allowed is remembered. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import { loggedIn } from "../auth/cached_site.ts";
import { siteWith } from "../auth/site.ts";
import { upgradeRequest } from "./socket_site.ts";

/** Which of these Origins may open a socket. */
function accepted(auth: DjangoAuth, cookie: string, origins: readonly string[]): Promise<boolean[]> {
  return Promise.all(origins.map(async (origin) => {
    const request = upgradeRequest(cookie);
    request.headers.set("origin", origin);
    return (await auth.upgrade(request, {})).accepted;
  }));
}

test("the list of a site's own Origins is copied", async () => {
  const allowedOrigins = ["https://one.example"];
  const { auth } = await siteWith({ socketOrigin: { allowedOrigins } });
  const cookie = await loggedIn(auth);
  allowedOrigins[0] = "https://two.example";
  const origins = ["https://one.example", "https://two.example"];
  assert.deepEqual(await accepted(auth, cookie, origins), [true, false]);
  await auth.close();
});

test("the lists of allowed hosts and trusted origins are copied", async () => {
  const lists = { allowedHosts: ["localhost"], trustedOrigins: ["https://one.example"] };
  const { auth } = await siteWith({
    allowedHosts: lists.allowedHosts,
    csrf: { trustedOrigins: lists.trustedOrigins },
  });
  const cookie = await loggedIn(auth);
  for (const list of Object.values(lists)) list.length = 0;
  lists.trustedOrigins.push("https://two.example");
  const origins = ["http://localhost", "https://one.example", "https://two.example"];
  assert.deepEqual(await accepted(auth, cookie, origins), [true, true, false]);
  await auth.close();
});
