/** The peer's address, as the runtime reports it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestInfo } from "../../src/auth/request/context.ts";
import { needsOracle } from "../ground/oracle.ts";
import { Browser, served, siteAuth } from "./site.ts";
import { upgrade } from "./wire.ts";

const PEERS: readonly (string | undefined)[] = ["127.0.0.1", "::ffff:127.0.0.1"];

test(
  "a handler can read remoteAddress, and reading it after the request does not throw",
  needsOracle,
  async () => {
    const infos: RequestInfo[] = [];
    const handlers = {
      fetch(request: Request, { info }: { info: RequestInfo }): Response {
        infos.push(info);
        const isAsked = new URL(request.url).pathname === "/asked";
        return new Response(isAsked ? info.remoteAddress : "not asked");
      },
    };
    await served(siteAuth(), handlers, async ({ url }) => {
      const browser = new Browser(url);
      assert.ok(PEERS.includes(await (await browser.fetch("/asked")).text()));
      await (await browser.fetch("/")).text();
      for (const { remoteAddress } of infos) {
        assert.ok(remoteAddress === undefined || PEERS.includes(remoteAddress), remoteAddress);
      }
    });
  },
);

test(
  "data() can read remoteAddress before the upgrade, and may keep the info object",
  needsOracle,
  async () => {
    const read: (string | undefined)[] = [];
    let kept: RequestInfo | undefined;
    const websocket = {
      anonymous: true as const,
      data(_request: Request, { info }: { info: RequestInfo }) {
        kept = info;
        read.push(info.remoteAddress);
      },
    };
    await served(siteAuth(), { websocket }, async ({ url, host }) => {
      const socket = await upgrade(host, { headers: [["origin", url]] });
      assert.equal(socket.status, 101);
      assert.ok(PEERS.includes(read[0]));
      const later = kept?.remoteAddress;
      assert.ok(later === undefined || PEERS.includes(later), later);
      await socket.close();
    });
  },
);
