/** Malicious and unusual bodies at the token endpoints: limited in size, and parsed as in Python or refused. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PASSWORD, requestTo } from "./site.ts";
import { post, tokenSite } from "./token_site.ts";

const JSON_TYPE = { "content-type": "application/json" };

describe("a token endpoint", () => {
  test("refuses a body above 64 KiB, whole or streamed, or by its Content-Length", async () => {
    const { auth, database } = await tokenSite();
    const filler = "x".repeat(70_000);
    let sent = 0;
    const pieces = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 1;
          controller.enqueue(new TextEncoder().encode("x".repeat(10_000)));
        },
      });
    const send = (init: RequestInit & { duplex?: "half" }) =>
      auth.handle(
        requestTo("/api/token/", { method: "POST", ...init }),
        (request, context) => auth.tokens.handle(request, context)!,
      );
    const bodies: (RequestInit & { duplex?: "half" })[] = [
      { body: JSON.stringify({ username: filler, password: PASSWORD }), headers: JSON_TYPE },
      { body: pieces(), duplex: "half", headers: JSON_TYPE },
      { body: pieces(), duplex: "half", headers: { "content-type": "application/x-www-form-urlencoded" } },
      { body: pieces(), duplex: "half", headers: { "content-type": "multipart/form-data; boundary=x" } },
      { body: "", headers: { ...JSON_TYPE, "content-length": "99999999" } },
      {
        body: new URLSearchParams({ username: filler }),
        headers: { "content-type": "application/x-www-form-urlencoded", "content-length": "70009" },
      },
    ];
    for (const init of bodies) {
      const response = await send(init);
      assert.equal(response.status, 413);
      assert.deepEqual(await response.json(), { detail: "Request body is larger than 65536 bytes." });
    }
    assert.deepEqual(database.statements, []);
    // Three endless bodies: seven pieces of each, and what a stream reads ahead.
    assert.ok(sent < 3 * 10, `${sent} pieces were read`);
    await auth.close();
  });

  test("reads nested, repeated and unusual JSON as Python does, or refuses it", async () => {
    const { auth } = await tokenSite();
    const credentials = `"username":"ada","password":"${PASSWORD}"`;
    const cases = [
      [`{"username":"nobody",${credentials}}`, 200],
      [`{"__proto__":{"username":"x"},${credentials}}`, 200],
      [`{"deep":${"[".repeat(500)}${"]".repeat(500)},${credentials}}`, 200],
      [`{"text":"NaN Infinity",${credentials}}`, 200],
      [`{"number":NaN,${credentials}}`, 400],
      [`{${credentials},}`, 400],
      ['{"__proto__":{"username":"ada","password":"x"}}', 400],
      [`${"[".repeat(60_000)}`, 400],
    ] as const;
    for (const [body, status] of cases) {
      const request = requestTo("/api/token/", { method: "POST", body, headers: JSON_TYPE });
      const response = await auth.handle(
        request,
        (request, context) => auth.tokens.handle(request, context)!,
      );
      assert.equal(response.status, status, body.slice(0, 60));
    }
    await auth.close();
  });

  test("refuses invalid JSON in linear time", async () => {
    const { auth } = await tokenSite();
    const bodies = [
      ...[`NaN${'\\"'.repeat(32_700)}`, `{"NaN":${'\\"'.repeat(32_700)}`, `"NaN${'\\"'.repeat(32_700)}`],
      ...[`[${'"NaN",'.repeat(10_000)}`, `{"a":"NaN","b":NaN}`, "Infinity", "[[-Infinity]]"],
    ];
    const before = performance.now();
    for (const body of bodies) {
      for (const path of ["", "refresh/", "verify/", "blacklist/", "sliding/", "sliding/refresh/"]) {
        const request = requestTo(`/api/token/${path}`, { method: "POST", body, headers: JSON_TYPE });
        const response = await auth.handle(
          request,
          (request, context) => auth.tokens.handle(request, context)!,
        );
        assert.equal(response.status, 400);
        assert.match(await response.text(), /^\{"detail":"JSON parse error - /);
      }
    }
    // Milliseconds for all 42 requests; in quadratic time, a single one takes longer.
    assert.ok(performance.now() - before < 1_000);
    await auth.close();
  });

  test("answers only under its mount path, which must begin and end with a slash", async () => {
    const { auth } = await tokenSite();
    const context = (path: string) => auth.context(requestTo(path));
    for (const path of ["/", "/api/token", "/api/token/nothing/", "/api/token/refresh", "/other/token/"]) {
      assert.equal(auth.tokens.handle(requestTo(path), context(path)), null, path);
    }
    const response = await auth.tokens.handle(requestTo("/jwt/verify/"), context("/jwt/verify/"), "/jwt/");
    assert.equal(response?.status, 405);
    for (const path of ["/jwt", "jwt/", ""]) {
      assert.throws(() => auth.tokens.handle(requestTo("/jwt/"), context("/jwt/"), path), {
        name: "TypeError",
        message: `handle() got "${path}" as its path, expected one that begins and ends with "/"`,
      });
    }
    await auth.close();
  });

  test("works without the tables of the blacklist app, as in simplejwt", async () => {
    const { auth } = await tokenSite({ rotateRefreshTokens: true, blacklistAfterRotation: true });
    const { refresh } = await (await post(auth, "/api/token/", { username: "ada", password: PASSWORD }))
      .json();
    for (const path of ["blacklist/", "refresh/", "refresh/"]) {
      assert.equal((await post(auth, `/api/token/${path}`, { refresh })).status, 200);
    }
    assert.equal(await auth.tokens.blacklistUser(1), 0);
    await auth.tokens.flushExpired();
    await auth.close();
  });
});
