/** Subprotocols: the application's is selected however the list is written, and a token is never sent back. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { served, siteAuth } from "./site.ts";
import { upgrade, type WireHeaders } from "./wire.ts";

const TOKEN = "djauth.bearer.eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl";

/** What is offered, and what is selected: `null` for no header at all. */
const OFFERS: readonly (readonly [offered: string, selected: string | null])[] = [
  ["chat.v2, chat.v1", "chat.v2"],
  ["chat.v1, chat.v2", "chat.v2"],
  ["chat.v1,chat.v2", "chat.v2"],
  ["chat.v1 ,chat.v2", "chat.v2"],
  ["chat.v1  ,  chat.v2", "chat.v2"],
  ["chat.v1", "chat.v1"],
  ["other", null],
  ["other, chat.v1", "chat.v1"],
  [TOKEN, null],
  [`${TOKEN}, chat.v1`, "chat.v1"],
  [`${TOKEN},chat.v1`, "chat.v1"],
  [`chat.v1, ${TOKEN}`, "chat.v1"],
  [`${TOKEN}, djauth`, "djauth"],
  [`djauth,${TOKEN}`, "djauth"],
  [`djauth, chat.v1`, "chat.v1"],
  [`${TOKEN}, other`, null],
  ["CHAT.V1", null],
];

describe("a subprotocol", needsOracle, () => {
  for (const anonymous of [true, false]) {
    test(`is selected on a socket that is ${anonymous ? "accepted" : "refused"}`, async () => {
      const websocket = {
        anonymous,
        protocols: ["chat.v2", "chat.v1"],
        open: (socket: { protocol: string; send(text: string): void }) => socket.send(`[${socket.protocol}]`),
      };
      await served(siteAuth(), { websocket }, async ({ url, host }) => {
        for (const [offered, selected] of OFFERS) {
          const headers: WireHeaders = [["origin", url], ["sec-websocket-protocol", offered]];
          const socket = await upgrade(host, { headers });
          assert.equal(socket.status, 101, offered);
          assert.equal(socket.protocol, selected, offered);
          if (anonymous) assert.equal(await socket.receive(), `[${selected ?? ""}]`, offered);
          assert.equal(
            (await (anonymous ? socket.close() : socket.ended)).code,
            anonymous ? 1000 : 4401,
            offered,
          );
        }
      });
    });
  }

  test("with the prefix of a token cannot be configured, and is not selected if offered alone", async () => {
    assert.throws(
      () => siteAuth().connector({ protocols: [TOKEN] }),
      /^ImproperlyConfigured: websocket\.protocols/,
    );
    await served(siteAuth(), { websocket: { anonymous: true } }, async ({ url, host }) => {
      const headers: WireHeaders = [["origin", url], ["sec-websocket-protocol", TOKEN]];
      const socket = await upgrade(host, { headers });
      assert.equal(socket.protocol, null);
      await socket.close();
    });
  });

  test("may be offered in several headers", async () => {
    await served(
      siteAuth(),
      { websocket: { anonymous: true, protocols: ["chat"] } },
      async ({ url, host }) => {
        const headers: WireHeaders = [
          ["origin", url],
          ["sec-websocket-protocol", TOKEN],
          ["sec-websocket-protocol", "chat"],
        ];
        const socket = await upgrade(host, { headers });
        assert.equal(socket.protocol, "chat");
        await socket.close();
      },
    );
  });

  test("is absent if none was offered", async () => {
    await served(
      siteAuth(),
      { websocket: { anonymous: true, protocols: ["chat"] } },
      async ({ url, host }) => {
        const socket = await upgrade(host, { headers: [["origin", url]] });
        assert.equal(socket.protocol, null);
        await socket.close();
      },
    );
  });
});
