/** Responses with token cookies that arrive after a logout, or after another login, in the same browser. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, newPerson, pages, served } from "./site.ts";
import { tokenAuth } from "./token_site.ts";

const REFRESH = "/api/token/refresh/";
const THEME = "/theme";
const LATE_THEME = "/theme/late";
const COOKIES = { cookies: { access: { cookieSecure: false }, refresh: { cookieSecure: false } } } as const;

/**
 * Returns the token cookies of a response that reaches the browser only after `work` in another window of it, in which
 * a user is logged in.
 */
async function held(
  path: string,
  jwt: JwtAuthOptions,
  work: (window: Browser) => Promise<unknown>,
  prepare: (window: Browser) => unknown = () => null,
): Promise<string[]> {
  const auth = tokenAuth({ ...COOKIES, ...jwt }, { defaultBackend: "jwt" });
  const others = pages(auth);
  const [entered, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lines: string[] = [];
  await served(auth, {
    async fetch(request, context) {
      const { pathname } = new URL(request.url);
      if (pathname === THEME) (await context.jwt()).set("theme", "dark");
      const answer = pathname.startsWith(THEME)
        ? new Response()
        : await (auth.tokens.handle(request, context) ?? others(request, context));
      if (pathname === path) {
        entered.resolve();
        await released.promise;
      }
      if (pathname === LATE_THEME) (await context.jwt()).set("theme", "dark");
      return answer;
    },
  }, async ({ url }) => {
    const window = new Browser(url);
    await window.login(await newPerson());
    prepare(window);
    const slow = new Browser(url, window.cookie).post(path);
    await entered.promise;
    await work(window);
    released.resolve();
    const answer = await slow;
    assert.equal(answer.status, 200);
    lines.push(...answer.headers.getSetCookie().filter((line) => /^(?:access|refresh)_token=/.test(line)));
  });
  return lines;
}

async function logOut(window: Browser): Promise<void> {
  assert.equal((await window.post("/logout")).status, 204);
  assert.deepEqual([...window.cookies.keys()], ["csrftoken"]);
}

/** Replaces the login in this window. */
async function logInAsAnother(window: Browser): Promise<void> {
  assert.equal((await window.login(await newPerson())).status, 200);
}

describe(
  "a refresh whose login ended before its response sets no cookies, and otherwise both",
  needsOracle,
  () => {
    const rotations: readonly (readonly [name: string, jwt: JwtAuthOptions])[] = [
      ["without rotation", {}],
      ["with rotation", { rotateRefreshTokens: true, blacklistAfterRotation: true }],
      ["with a rotation that blacklists nothing", { rotateRefreshTokens: true }],
    ];
    for (const [name, jwt] of rotations) {
      test(name, async () => {
        assert.deepEqual(await held(REFRESH, jwt, logOut), []);
        assert.deepEqual(await held(REFRESH, jwt, logInAsAnother), []);
        const lines = await held(REFRESH, jwt, (window) => window.whoami());
        assert.deepEqual(lines.map((line) => line.split("=")[0]), ["access_token", "refresh_token"]);
      });
    }
  },
);

test(
  "a claim set only after a refresh or a logout does not overwrite its cookies",
  needsOracle,
  async () => {
    const rotating = { rotateRefreshTokens: true, blacklistAfterRotation: true };
    assert.deepEqual(await held(LATE_THEME, {}, logOut), []);
    assert.deepEqual(await held(LATE_THEME, rotating, (window) => window.post(REFRESH)), []);
    assert.equal((await held(LATE_THEME, rotating, (window) => window.whoami())).length, 2);
  },
);

describe(
  "a claim set on a path without the refresh token's cookie, with a late response",
  needsOracle,
  () => {
    const ALONE = { cookies: { access: COOKIES.cookies.access, refresh: { cookiePath: "/api/token/" } } };
    // A browser sends the refresh token to that path alone, which `Browser` does not implement.
    const hide = (window: Browser) => window.cookies.delete("refresh_token");
    const names = (lines: string[]) => lines.map((line) => line.split("=")[0]);

    test("sets no access token again after a logout or another login has ended it", async () => {
      const jwt = { ...ALONE, checkAccessTokens: true };
      assert.deepEqual(await held(THEME, jwt, logOut, hide), []);
      assert.deepEqual(await held(THEME, jwt, logInAsAnother, hide), []);
      assert.deepEqual(names(await held(THEME, jwt, (window) => window.whoami(), hide)), ["access_token"]);
    });
  },
);
