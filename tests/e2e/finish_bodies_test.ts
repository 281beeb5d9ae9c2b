/** A response that sets a cookie is sent as a copy, which must not change its body, whatever kind of body it is. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RequestContext } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, served, siteAuth } from "./site.ts";
import { send, type WireResponse } from "./wire.ts";

describe("a response with a body", needsOracle, () => {
  const stream = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("streamed"));
        controller.close();
      },
    });
  const bodies: readonly (readonly [name: string, make: () => Response])[] = [
    ["no body", () => new Response(null, { status: 202, statusText: "Taken" })],
    ["an empty text", () => new Response("")],
    ["a text", () => new Response("text", { status: 418 })],
    ["a text with a type", () => new Response("text", { headers: { "content-type": "text/csv" } })],
    ["JSON", () => Response.json({ a: 1 })],
    ["bytes", () => new Response(new Uint8Array([97, 98]))],
    ["a blob with a type", () => new Response(new Blob(["blob"], { type: "image/png" }))],
    ["a blob without a type", () => new Response(new Blob(["blob"]))],
    ["a form", () => new Response(new URLSearchParams("a=b"))],
    ["a stream", () => new Response(stream())],
    ["a stream with a type", () => new Response(stream(), { headers: { "content-type": "x/y" } })],
  ];
  for (const [name, make] of bodies) {
    test(`${name} is sent the same with a cookie as without one`, async () => {
      const fetch = async ({ url }: Request, context: RequestContext) => {
        if (new URL(url).pathname === "/cookie") (await context.session()).set("seen", true);
        return make();
      };
      await served(siteAuth(), { fetch }, async ({ host }) => {
        const [plain, finished] = [await send(host, {}), await send(host, { path: "/cookie" })];
        assert.deepEqual([plain.setCookies.length, finished.setCookies.length], [0, 1]);
        const seen = ({ status, headers, body }: WireResponse) => ({
          status,
          body,
          headers: [...headers].filter(([header]) => !["set-cookie", "vary", "date"].includes(header)).sort(),
        });
        assert.deepEqual(seen(finished), seen(plain));
      });
    });
  }

  for (const type of [null, "text/event-stream"]) {
    test(`a stream ${type === null ? "without" : "with"} a type is cancelled when its client leaves`, async () => {
      const cancelled = Promise.withResolvers<void>();
      const fetch = async (_request: Request, context: RequestContext) => {
        (await context.session()).set("seen", true);
        const body = new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            controller.enqueue(new TextEncoder().encode("more"));
          },
          cancel: () => cancelled.resolve(),
        });
        return new Response(body, type === null ? {} : { headers: { "content-type": type } });
      };
      await served(siteAuth(), { fetch }, async ({ url }) => {
        const response = await new Browser(url).fetch("/");
        assert.equal(response.headers.getSetCookie().length, 1);
        const reader = response.body!.getReader();
        assert.equal((await reader.read()).done, false);
        await reader.cancel();
        await cancelled.promise;
      });
    });
  }
});
