/** Anonymous clients that send nothing, or never answer a close frame: Deno keeps their connections indefinitely. */

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { needsOracle } from "../ground/oracle.ts";
import { cookieOf, newPerson, served } from "./site.ts";
import { djangoToken, ECHO, open, tokenAuth } from "./token_site.ts";
import { upgradeAndLeave } from "./wire.ts";

/** A text frame with one letter, masked with zeros. */
const FRAME = new Uint8Array([0x81, 0x81, 0, 0, 0, 0, 0x78]);

/** Whether the server waits for a first message, and whether the clients send one. */
const CROWDS = [
  ["refused at once", false, false],
  ["refused for their first message", true, true],
  ["while their first message is awaited", true, false],
] as const;

describe("anonymous clients that stay silent", needsOracle, () => {
  for (const [how, firstMessage, says] of CROWDS) {
    test(`do not count towards sockets.max, ${how}`, async () => {
      const auth = tokenAuth({}, { sockets: { max: 2 }, onEvent: () => {} });
      await served(auth, { websocket: { ...ECHO, firstMessage } }, async ({ host, url }) => {
        const silent: Socket[] = [];
        for (let index = 0; index < 6; index++) {
          await upgradeAndLeave(host, [["origin", url]], (socket) => {
            if (says) socket.write(FRAME);
            silent.push(socket);
          });
        }
        const person = await newPerson();
        const cookie = await cookieOf(person);
        const sockets = [
          await open(host, { cookie, origin: url }),
          await open(host, { cookie, origin: url }),
        ];
        for (const socket of sockets) assert.equal(await socket.receive(), `welcome ${person.username}`);
        const third = await open(host, { cookie, origin: url });
        assert.deepEqual(await third.ended, { code: 4429, reason: "too_many_connections" });
        await Promise.all(sockets.map((socket) => socket.close()));
        for (const socket of silent) socket.destroy();
      });
    });
  }

  test("do not block a login by first message, even if there are 2,100", async () => {
    const auth = tokenAuth({}, { onEvent: () => {} });
    await served(auth, { websocket: { ...ECHO, firstMessage: true } }, async ({ host }) => {
      const silent: Socket[] = [];
      for (let round = 0; round < 21; round++) {
        await Promise.all(Array.from({ length: 100 }, () =>
          upgradeAndLeave(host, [], (socket) => {
            socket.write(FRAME);
            silent.push(socket);
          })));
      }
      const person = await newPerson();
      const socket = await open(host, {});
      socket.send(JSON.stringify({ type: "djauth.authenticate", token: await djangoToken(person) }));
      assert.equal(await socket.receive(), '{"type":"djauth.authenticated"}');
      assert.equal(await socket.receive(), `welcome ${person.username}`);
      await socket.close();
      for (const stranger of silent) stranger.destroy();
    });
  });
});
