/**
 * The demo in a real browser: one login for Django, Bun and Deno. It starts all of them itself, so it runs only once,
 * on Node. The screenshots in `tests/.output` are for visual inspection.
 */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { type Demo, isRunning, openBrowser, startDemo } from "./demo.ts";

const PICTURES = fileURLToPath(new URL("../.output/demo/", import.meta.url));
const missing = !process.env.CHROMIUM
  ? "no Chromium: apt-get install chromium, and run it with `npm test`"
  : !process.env.ORACLE_URL
  ? "no Django: apt-get install python3 python3-venv, and run it with `npm test`"
  : false;

describe("the demo in Chromium", { skip: missing, timeout: 240_000 }, () => {
  let demo: Demo;
  let browser: Browser;
  let django: Page, bun: Page, deno: Page;

  before(async () => {
    mkdirSync(PICTURES, { recursive: true });
    demo = await startDemo();
    browser = await openBrowser(process.env.CHROMIUM!);
    // One context: the three pages are tabs that share their cookies.
    const tabs = await browser.newContext();
    tabs.setDefaultTimeout(15_000);
    [django, bun, deno] = [await tabs.newPage(), await tabs.newPage(), await tabs.newPage()];
  });

  after(async () => {
    await browser?.close();
    await demo?.interrupt();
  });

  const password = (name: string) => demo.passwords[name]!;

  test("an anonymous visitor is shown as not signed in, over HTTP and on the socket", async () => {
    await bun.goto(demo.urls.Bun!);
    await says(bun, "#refusal", /Nobody is signed in/);
    await says(bun, "#state", /closed/);
    await says(bun, "#close-code", /4401 not_authenticated/);
    assert.equal(await bun.locator("#me").isVisible(), false);
    await picture(bun, "stranger");
  });

  test("a login at Django is valid on Bun and on Deno, and their sockets open", async () => {
    await logInAtDjango("ada", password("ada"));
    await says(django, "#username", /^ada$/);
    for (const [page, url] of [[bun, demo.urls.Bun!], [deno, demo.urls.Deno!]] as const) {
      await page.goto(url);
      await says(page, "#username", /^ada$/);
      await says(page, "#state", /^open$/);
      await says(page, "#clock", /\d:\d\d/);
    }
    assert.match(await bun.locator("#runtime").innerText(), /^Bun \d/);
    assert.match(await deno.locator("#runtime").innerText(), /^Deno \d/);
    await bun.fill("#echo-text", "hello from Chromium");
    await bun.keyboard.press("Enter");
    await says(bun, "#log", /ada: hello from Chromium/);
  });

  test("session values changed on one server appear on all others", async () => {
    await bun.click("#count");
    await says(bun, "#counter", /^1$/);
    await says(deno, "#counter", /^1$/);
    await deno.click("#count");
    await says(bun, "#counter", /^2$/);
    await deno.fill("#note", "written on Deno ✓");
    await deno.click("#session form button");
    await holds(bun, "#note", "written on Deno ✓");
    await django.goto(demo.urls.Django!);
    await says(django, "#counter", /^2$/);
    assert.equal(await django.inputValue("#note"), "written on Deno ✓");
    await django.click("#count");
    await says(bun, "#counter", /^3$/);
    await django.fill("#note", "written in Django");
    await django.click("#save-note");
    await holds(bun, "#note", "written in Django");
    await pictures(bun, "signed_in");
    await picture(django, "django");
  });

  test("staff status granted in Django's admin reaches the open sockets", async () => {
    assert.equal(await bun.locator("#staff").isVisible(), false);
    const office = await browser.newContext();
    const admin = await office.newPage();
    await admin.goto(new URL("login/?next=/admin/auth/user/1/change/", demo.urls.Admin).href);
    await admin.fill("[name=username]", "admin");
    await admin.fill("[name=password]", password("admin"));
    await admin.click("[type=submit]");
    assert.equal(await admin.inputValue("[name=username]"), "ada");
    await admin.check("[name=is_staff]");
    await admin.click("[name=_save]");
    for (const page of [bun, deno]) await says(page, "#staff", /^staff$/);
    await office.close();
  });

  test("a page closes the user's socket on the other server, which reconnects only on request", async () => {
    await bun.click("#close-others");
    await says(deno, "#close-code", /^4409 disconnected$/);
    await says(deno, "#state", /^closed$/);
    await says(bun, "#log", /other sockets closed: 1, on 2 servers$/);
    await says(bun, "#state", /^open$/);
    await deno.click("#reconnect");
    await says(deno, "#state", /^open$/);
  });

  test("after a password change, the browser's sockets reconnect with the new cookie", async () => {
    await bun.click("#password summary");
    await bun.fill("#old-password", "wrong");
    await bun.fill("#new-password", "difference-engine-2");
    await bun.click("#password button");
    await says(bun, "#password .message", /old password is wrong/);
    await bun.fill("#old-password", password("ada"));
    await bun.click("#password button");
    await says(bun, "#password .message", /Changed/);
    // The old session's row is gone; one retry with the current cookies succeeds on both pages.
    for (const page of [bun, deno]) {
      await says(page, "#log", /4401 (session_ended|password_changed)[^]*open$/);
      await says(page, "#state", /^open$/);
      assert.equal(await page.locator("#login").isVisible(), false);
    }
    await django.goto(demo.urls.Django!);
    await says(django, "#username", /^ada$/);
  });

  test("a logout in Django's tab closes the sockets of the other tabs, and the pages show the reason", async () => {
    for (const page of [bun, deno]) await says(page, "#state", /^open$/);
    await picture(bun, "before_logout");
    const start = performance.now();
    await django.click("#logout");
    for (const page of [bun, deno]) {
      await says(page, "#log", /closed with 4401 session_ended/);
      // Closed by a notification, not by polling: the next re-validation is up to thirty seconds away.
      assert.ok(performance.now() - start < 5000);
      await page.locator("#login").waitFor();
      // Whether the retry still sends the cookie depends on whether Django's response or the close frame arrives first.
      await says(page, "#log", /4401 session_ended\s*closed with 4401 (not_authenticated|session_ended)$/);
      await says(page, "#state", /^closed$/);
      await says(page, "#close-code", /^4401 session_ended$/);
      await says(page, "#refusal", /This login has been ended/);
      const me = await page.request.get(new URL("/api/me", page.url()).href);
      assert.equal((await me.json()).user, null);
    }
    await pictures(bun, "signed_out");
  });

  test("the page reconnects as the close code requires: after a growing delay, at once, or never", async () => {
    const answers = [[1013, "try_again_later"], [1012, "server_restart"], [4401, "session_ended"], [
      4403,
      "permission_denied",
    ]] as const;
    const attempts: number[] = [];
    const tab = await bun.context().newPage();
    await tab.routeWebSocket(/\/live$/, async (socket) => {
      const [code, reason] = answers[attempts.length] ?? [1000, "one too many"];
      attempts.push(performance.now());
      await socket.close({ code, reason });
    });
    await tab.goto(demo.urls.Bun!);
    await says(tab, "#close-code", /4403 permission_denied/);
    await says(tab, "#state", /^closed$/);
    await tab.waitForTimeout(1500);
    assert.equal(attempts.length, answers.length);
    const [first = 0, second = 0, third = 0] = attempts.slice(1).map((time, index) =>
      time - attempts[index]!
    );
    // Half of each delay is random: 250 to 500 ms, then 500 to 1,000.
    assert.ok(first >= 240, `came back after ${first} ms`);
    assert.ok(second >= 490, `came back after ${second} ms`);
    assert.ok(third < second, `came back after ${third} ms`);
    await tab.close();
  });

  test("an account registered on Bun's page is valid in Django and can log in there", async () => {
    await bun.fill("#register-username", "grace");
    await bun.fill("#register-email", "grace@example.com");
    await bun.fill("#register-password", "nanoseconds-1906");
    await bun.click("#register button");
    await says(bun, "#username", /^grace$/);
    await says(bun, "#state", /^open$/);
    await django.goto(demo.urls.Django!);
    await says(django, "#username", /^grace$/);
    await bun.click("#log-out");
    await bun.locator("#login").waitFor();
    await bun.fill("#register-username", "grace");
    await bun.fill("#register-password", "nanoseconds-1906");
    await bun.click("#register button");
    await says(bun, "#register .message", /taken/);
    await logInAtDjango("grace", "nanoseconds-1906");
    await says(django, "#username", /^grace$/);
  });

  test("a login on Deno's page gives an admin access to Django's admin", async () => {
    await deno.goto(demo.urls.Deno!);
    await deno.click("#log-out");
    await deno.fill("#login-username", "admin");
    await deno.fill("#login-password", "wrong");
    await deno.click("#login button");
    await says(deno, "#login .message", /do not match/);
    await deno.fill("#login-password", password("admin"));
    await deno.click("#login button");
    await says(deno, "#username", /^admin$/);
    await django.goto(demo.urls.Admin!);
    await says(django, "#user-tools", /admin/i);
    assert.match(await django.title(), /Site administration/);
  });

  test("Ctrl-C stops all processes and leaves no files", async () => {
    await browser.close();
    assert.deepEqual(await demo.interrupt(), { status: 0, left: [] });
    assert.equal(isRunning(demo.postgres), false);
    for (const name of ["Django", "Bun", "Deno"]) await assert.rejects(fetch(demo.urls[name]!), TypeError);
  });

  async function logInAtDjango(username: string, password: string): Promise<void> {
    await django.goto(new URL("accounts/login/", demo.urls.Django).href);
    await django.fill("[name=username]", username);
    await django.fill("[name=password]", password);
    await django.click("main button");
  }
});

/** Waits until an element's text is as expected. */
async function says(page: Page, selector: string, expected: RegExp): Promise<void> {
  const element = page.locator(selector);
  let text = "";
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    text = (await element.textContent() ?? "").trim();
    if (expected.test(text) && await element.isVisible()) return;
    await page.waitForTimeout(50);
  }
  assert.match(text, expected, `${selector} of ${page.url()}`);
  assert.fail(`${selector} of ${page.url()} is hidden`);
}

/** Waits until a field has a value. */
async function holds(page: Page, selector: string, expected: string): Promise<void> {
  const field = page.locator(selector);
  for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
    if (await field.inputValue() === expected) return;
    await page.waitForTimeout(50);
  }
  assert.equal(await field.inputValue(), expected);
}

/** Desktop and phone size, light and dark. */
async function pictures(page: Page, name: string): Promise<void> {
  await picture(page, name);
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, `${name}_dark`);
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, `${name}_phone_dark`);
  await page.emulateMedia({ colorScheme: "light" });
  await picture(page, `${name}_phone`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
}
