/** The demo on a machine without Python: it prints one line about that, and everything else works. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser } from "../e2e/site.ts";
import { upgrade } from "../e2e/wire.ts";
import { needsDatabase } from "../ground/database.ts";
import { isRunning, startDemo } from "./demo.ts";

test("without Python, the demo prints a notice and runs without Django", {
  ...needsDatabase,
  timeout: 120_000,
}, async () => {
  const demo = await startDemo({ PYTHON: "none" });
  try {
    assert.match(demo.output, /^The demo runs without Django\. Python 3\.10 or later is missing: .+$/m);
    assert.deepEqual(Object.keys(demo.urls), ["Bun", "Deno"]);
    const [bun, deno] = [demo.urls.Bun!, demo.urls.Deno!].map((url) => url.replace(/\/$/, ""));

    const browser = new Browser(bun!);
    const { csrfToken } = await (await browser.fetch("/api/csrf")).json();
    const eve = { username: "eve", email: "eve@example.com", password: "a-long-password" };
    const body = new URLSearchParams({ ...eve, csrfmiddlewaretoken: csrfToken });
    const registered = await browser.fetch("/api/register", {
      method: "POST",
      body,
      headers: { origin: bun! },
    });
    assert.equal(registered.status, 200);

    const me = await (await new Browser(deno!, browser.cookie).fetch("/api/me")).json();
    assert.equal(me.user.username, "eve");
    const socket = await upgrade(new URL(deno!).host, {
      path: "/live",
      headers: [["cookie", browser.cookie], ["origin", deno!]],
    });
    assert.equal(JSON.parse(await socket.receive()).type, "clock");
    await socket.close();
  } finally {
    assert.deepEqual(await demo.interrupt(), { status: 0, left: [] });
    assert.equal(isRunning(demo.postgres), false);
  }
});
