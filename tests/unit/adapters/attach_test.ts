/** What `attach()` of both adapters refuses before a server is started. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as bun from "../../../src/adapters/bun.ts";
import * as deno from "../../../src/adapters/deno.ts";
import { siteWith } from "../auth/site.ts";

type Attach = (auth: unknown, options?: unknown) => unknown;

const ADAPTERS = [["bun", bun.attach as Attach], ["deno", deno.attach as Attach]] as const;
const fetch = (): Response => new Response();

for (const [name, attach] of ADAPTERS) {
  describe(`attach() of the ${name} adapter`, () => {
    test("reports swapped arguments and a missing first one", async () => {
      const { auth } = await siteWith();
      const expected = ", expected attach(auth, { fetch })";
      const none = "The first argument of attach() is not a djangoAuth()";
      assert.throws(() => attach({ fetch }, auth), {
        name: "TypeError",
        message: `${none}: it is the second one${expected}`,
      });
      for (const first of [{ fetch }, undefined, null, "auth", {}]) {
        assert.throws(() => attach(first, { fetch }), { name: "TypeError", message: none + expected });
      }
    });

    test("refuses handlers under a name that the runtime would ignore", async () => {
      const { auth } = await siteWith();
      const foreign = name === "bun" ? ["onError", "error"] : ["error", "onError"];
      for (const [given, meant] of [foreign, ["websockets", "websocket"], ["webSocket", "websocket"]]) {
        assert.throws(() => attach(auth, { fetch, [given!]: {} }), {
          code: "improperly_configured",
          message: `${given} is not an option of this runtime, did you mean ${meant}?`,
        });
      }
    });

    test("requires a function that handles requests", async () => {
      const { auth } = await siteWith();
      for (const options of [{}, { handler: fetch }, { websocket: {} }]) {
        assert.throws(() => attach(auth, options), {
          code: "improperly_configured",
          message: "fetch is undefined, expected a function that handles requests",
        });
      }
      assert.throws(() => attach(auth), {
        code: "improperly_configured",
        message: /is null, expected an object$/,
      });
      assert.equal(typeof attach(auth, { fetch }), "object");
    });

    test("accepts socket paths only in the form that requests have", async () => {
      const { auth } = await siteWith();
      for (
        const path of ["live", "", "/live?room=1", "/live#x", "/a/../b", "/ä", "https://example.com/live"]
      ) {
        for (const given of [path, ["/chat", path]]) {
          assert.throws(() => attach(auth, { fetch, websocket: { path: given } }), {
            code: "improperly_configured",
            message: `websocket.path is ${
              JSON.stringify(path)
            }, expected a path as in a request, such as "/live"`,
          });
        }
      }
      for (const path of ["/", "/live", ["/live", "/chat/"], [], "/%C3%A4", undefined]) {
        attach(auth, { fetch, websocket: { path } });
      }
    });

    test("refuses path patterns, which no request would match", async () => {
      const { auth } = await siteWith();
      for (const path of ["/live/*", "/*", "/room/:id", "/:room/live", "/files/*.txt"]) {
        for (const given of [path, ["/chat", path]]) {
          assert.throws(() => attach(auth, { fetch, websocket: { path: given } }), {
            code: "improperly_configured",
            message: `websocket.path is "${path}", expected exact paths, since patterns are not supported: ` +
              "list the paths, or leave path out and decide in condition or data",
          });
        }
      }
      attach(auth, { fetch, websocket: { path: ["/room:7", "/user/7:a"] } });
    });

    test("suggests the right name for an unknown socket option", async () => {
      const { auth } = await siteWith();
      assert.throws(() => attach(auth, { fetch, websocket: { onMessage: () => {} } }), {
        message: "websocket.onMessage is not an option, did you mean websocket.message?",
      });
    });
  });
}
