/** The address of the tokens' keys is away: an outage for requests, upgrades and sockets, and nobody's refusal. */

import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { CompactSign } from "jose";
import type { AuthEvent } from "../../src/auth/events/events.ts";
import { KeysUnavailable } from "../../src/errors.ts";
import { needsOracle } from "../ground/oracle.ts";
import { EventLog, newPerson, type Person, served } from "./site.ts";
import { bearer, ECHO, open, tokenAuth } from "./token_site.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const AWAY = { code: 1013, reason: "try_again_later" };

/** Another service that issues tokens, and publishes its keys while `isUp`. */
interface Issuer {
  readonly jwkUrl: string;
  isUp: boolean;
}

async function withIssuer(work: (issuer: Issuer) => Promise<void>): Promise<void> {
  const key = {
    ...createPublicKey(publicKey.export({ type: "spki", format: "pem" })).export({ format: "jwk" }),
  };
  const body = JSON.stringify({ keys: [{ ...key, kid: "one", use: "sig", alg: "ES256" }] });
  const server = createServer((_request, response) => {
    if (issuer.isUp) response.writeHead(200).end(body);
    else response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = { jwkUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, isUp: false };
  try {
    await work(issuer);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function tokenOf(person: Person, jti: string = crypto.randomUUID()): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { token_type: "access", exp: now + 300, iat: now, jti, user_id: String(person.pk) };
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "ES256", kid: "one" }).sign(privateKey);
}

function outages({ all }: EventLog): AuthEvent[] {
  return all.filter((event) => event.type === "auth.unavailable" && event.error instanceof KeysUnavailable);
}

describe("keys that cannot be fetched", needsOracle, () => {
  test("are 503 over HTTP, close an upgrade with 1013, and are reported as an outage", () =>
    withIssuer(async (issuer) => {
      const log = new EventLog();
      const auth = tokenAuth({ algorithm: "ES256", jwkUrl: issuer.jwkUrl }, { onEvent: log.listen });
      await served(auth, { websocket: ECHO }, async ({ url, host }) => {
        const person = await newPerson();
        const token = await tokenOf(person);
        const response = await fetch(url, { headers: bearer(token) });
        assert.equal(response.status, 503);
        assert.ok(Number(response.headers.get("retry-after")) > 0);
        assert.equal((await response.json()).code, "keys_unavailable");
        assert.equal(outages(log).length, 1);

        assert.deepEqual(await (await open(host, bearer(token))).ended, AWAY);
        assert.equal(outages(log).length, 2);
        assert.equal(log.trouble.length, 2);

        issuer.isUp = true;
        // As long as the pause after a failure.
        await new Promise((resolve) => setTimeout(resolve, 1050));
        assert.equal((await (await fetch(url, { headers: bearer(token) })).json()).user, person.username);
        const socket = await open(host, bearer(token));
        assert.equal(await socket.receive(), `welcome ${person.username}`);
        await socket.close();
      });
    }));

  test("refuse an upgrade with 503 where refusals are HTTP, as a first message with 1013", () =>
    withIssuer(async ({ jwkUrl }) => {
      const auth = tokenAuth({ algorithm: "ES256", jwkUrl });
      const token = await tokenOf(await newPerson());
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

  test("leave a socket open whose next token comes meanwhile: it may ask again", () =>
    withIssuer(async (issuer) => {
      issuer.isUp = true;
      const log = new EventLog();
      const auth = tokenAuth({ algorithm: "ES256", jwkUrl: issuer.jwkUrl, jwkCacheAge: 0 }, {
        onEvent: log.listen,
      });
      await served(auth, { websocket: { ...ECHO, tokenRefresh: true } }, async ({ host }) => {
        const person = await newPerson();
        const socket = await open(host, bearer(await tokenOf(person)));
        await socket.receive();
        issuer.isUp = false;
        const ask = async () =>
          socket.send(JSON.stringify({ type: "djauth.refresh", token: await tokenOf(person) }));
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
});
