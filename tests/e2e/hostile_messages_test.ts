/** Messages that look like djauth's own and are not: none of them throws, or ends a socket of somebody else. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { EventLog, newPerson, served } from "./site.ts";
import { bearer, djangoToken, ECHO, open, tokenAuth } from "./token_site.ts";

const REFUSED = '{"type":"djauth.refused","reason":"not_authenticated"}';

/** The first `type` is one of djauth's, the last is a value that cannot be converted to a string, or only with effort. */
const MESSAGES: readonly string[] = [
  '{"toString":1}',
  '{"toString":null,"valueOf":{}}',
  "[".repeat(9000) + "]".repeat(9000),
  "null",
  '{"__proto__":null}',
].map((last) => `{"type":"djauth.refresh","token":"t","type":${last}}`);

describe("a message with a type that is no string", needsOracle, () => {
  test("is refused on an open socket, with or without a user, which goes on", async () => {
    const log = new EventLog();
    const websocket = { ...ECHO, anonymous: true, tokenRefresh: true } as const;
    await served(tokenAuth({}, { onEvent: log.listen }), { websocket }, async ({ host, url }) => {
      const headers = bearer(await djangoToken(await newPerson()));
      for (const credentials of [{}, headers]) {
        const socket = await open(host, { origin: url, ...credentials });
        await socket.receive();
        for (const message of MESSAGES) {
          socket.send(message);
          assert.equal(await socket.receive(), REFUSED, message.slice(0, 70));
        }
        socket.send("still here");
        assert.match(String(await socket.receive()), /still here/);
        await socket.close();
      }
      assert.deepEqual(log.trouble, []);
    });
  });

  test("as the first message is no login, and no error of the server", async () => {
    const log = new EventLog();
    const websocket = { ...ECHO, firstMessage: true } as const;
    await served(tokenAuth({}, { onEvent: log.listen }), { websocket }, async ({ host, url }) => {
      for (const message of MESSAGES) {
        const socket = await open(host, { origin: url });
        socket.send(message);
        assert.deepEqual(await socket.ended, { code: 4401, reason: "not_authenticated" });
      }
      assert.deepEqual(log.trouble, []);
    });
  });
});
