/** The URL of the token keys is down: an outage for requests, upgrades and sockets, not a refusal of the user. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import { KeysUnavailable } from "../../src/errors.ts";
import { needsOracle } from "../ground/oracle.ts";
import { EventLog, newPerson, served } from "./site.ts";
import { jwkOf, keyPair, tokenBy, withIssuer } from "./token_issuer.ts";
import { bearer, ECHO, open, tokenAuth } from "./token_site.ts";

const AWAY = { code: 1013, reason: "try_again_later" };

function outages({ all }: EventLog): AuthEvent[] {
  return all.filter((event) => event.type === "auth.unavailable" && event.error instanceof KeysUnavailable);
}

describe("token keys at a URL", needsOracle, () => {
  test("that cannot be fetched cause a 503 over HTTP, 1013 on an upgrade, and are reported as an outage", () =>
    withIssuer(async (issuer) => {
      issuer.isUp = false;
      const log = new EventLog();
      const auth = tokenAuth({ algorithm: "ES256", jwkUrl: issuer.jwkUrl }, { onEvent: log.listen });
      await served(auth, { websocket: ECHO }, async ({ url, host }) => {
        const person = await newPerson();
        const token = await tokenBy(issuer.pair, person);
        const response = await fetch(url, { headers: bearer(token) });
        assert.equal(response.status, 503);
        assert.ok(Number(response.headers.get("retry-after")) > 0);
        assert.equal((await response.json()).code, "keys_unavailable");
        assert.equal(outages(log).length, 1);

        assert.deepEqual(await (await open(host, bearer(token))).ended, AWAY);
        assert.equal(outages(log).length, 2);
        assert.equal(log.trouble.length, 2);

        issuer.isUp = true;
        // The pause after a failed fetch.
        await new Promise((resolve) => setTimeout(resolve, 1050));
        assert.equal((await (await fetch(url, { headers: bearer(token) })).json()).user, person.username);
        const socket = await open(host, bearer(token));
        assert.equal(await socket.receive(), `welcome ${person.username}`);
        await socket.close();
      });
    }));

  test("that cannot be fetched refuse an upgrade with 503 over HTTP, and a first message with 1013", () =>
    withIssuer(async (issuer) => {
      issuer.isUp = false;
      const { jwkUrl, pair } = issuer;
      const auth = tokenAuth({ algorithm: "ES256", jwkUrl });
      const token = await tokenBy(pair, await newPerson());
      await served(auth, { websocket: { ...ECHO, rejectWith: "http" } }, async ({ host }) => {
        const { response } = await open(host, bearer(token));
        assert.equal(response.status, 503);
        assert.equal(response.headers.get("retry-after"), "1");
        assert.equal(JSON.parse(response.body).code, "try_again_later");
      });
      const second = tokenAuth({ algorithm: "ES256", jwkUrl });
      await served(second, { websocket: { ...ECHO, firstMessage: true } }, async ({ host }) => {
        const socket = await open(host, {});
        socket.send(JSON.stringify({ type: "djauth.authenticate", token }));
        assert.deepEqual(await socket.ended, AWAY);
      });
    }));

  test("that cannot be fetched leave a socket open that sends a new token: it may try again", () =>
    withIssuer(async (issuer) => {
      const log = new EventLog();
      const auth = tokenAuth({ algorithm: "ES256", jwkUrl: issuer.jwkUrl, jwkCacheAge: 0 }, {
        onEvent: log.listen,
      });
      await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
        const person = await newPerson();
        const socket = await open(host, bearer(await tokenBy(issuer.pair, person)));
        await socket.receive();
        issuer.isUp = false;
        const ask = async () =>
          socket.send(JSON.stringify({ type: "djauth.refresh", token: await tokenBy(issuer.pair, person) }));
        await ask();
        assert.deepEqual(JSON.parse(await socket.receive()), {
          type: "djauth.refused",
          reason: "try_again_later",
        });
        assert.equal(outages(log).length, 1);
        socket.send("still here");
        assert.equal(await socket.receive(), "said still here");
        await socket.close();
      });
    }));

  test("are fetched with the fetch option of djangoAuth()", async () => {
    const pair = keyPair();
    const urls: string[] = [];
    const fetcher = (url: string): Promise<Response> => {
      urls.push(url);
      return Promise.resolve(Response.json({ keys: [jwkOf(pair, "one")] }));
    };
    const jwt = { algorithm: "ES256", jwkUrl: "https://issuer.example/keys" } as const;
    await served(tokenAuth(jwt, { fetch: fetcher as typeof fetch }), {}, async ({ url }) => {
      const person = await newPerson();
      const headers = bearer(await tokenBy(pair, person));
      assert.equal((await (await fetch(url, { headers })).json()).user, person.username);
      assert.deepEqual(urls, ["https://issuer.example/keys"]);
    });
  });
});
