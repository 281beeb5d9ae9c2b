/** Attacks with tokens over real connections: keys and URLs in the token, deleted users, two headers. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import { needsOracle } from "../ground/oracle.ts";
import { django, newPerson, SECRET_KEY, served } from "./site.ts";
import { type Issuer, jwkOf, keyPair, tokenBy, withIssuer } from "./token_issuer.ts";
import { bearer, djangoToken, open, tokenAuth } from "./token_site.ts";
import { send } from "./wire.ts";

/** JWT headers that name a key: by its id, by a URL, or by the key itself. */
function headersOf({ url }: Issuer, attacker: ReturnType<typeof keyPair>): Record<string, unknown>[] {
  const jwk = jwkOf(attacker, "one");
  return [
    { kid: `${url}/kid` },
    { kid: "../../../../dev/null" },
    { kid: "one", jku: `${url}/jku` },
    { jku: `${url}/jku`, kid: "mine" },
    { x5u: `${url}/x5u`, kid: "one" },
    { x5c: ["MIIB"], x5t: "AAAA", kid: "one" },
    { jwk, kid: "one" },
    { jwk, jku: `${url}/jku`, x5u: `${url}/x5u`, x5c: ["MIIB"], kid: "one" },
  ];
}

function hmacToken(claims: string, header: object, key: string): string {
  const signed = [JSON.stringify({ ...header, alg: "HS256" }), claims]
    .map((text) => Buffer.from(text).toString("base64url")).join(".");
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

describe("a token that names a key of its own", needsOracle, () => {
  test("is verified with the configured keys only, and no URL in it is fetched", () =>
    withIssuer(async (issuer) => {
      const [person, attacker] = [await newPerson(), keyPair()];
      const verifyingKey = issuer.pair.publicKey.export({ type: "spki", format: "pem" }) as string;
      const claims = Buffer.from((await djangoToken(person)).split(".")[1]!, "base64url").toString();
      const sites: readonly (readonly [
        jwt: JwtAuthOptions,
        sign: (header: Record<string, unknown>, isOurs: boolean) => Promise<string> | string,
        isFound: (header: Record<string, unknown>) => boolean,
      ])[] = [
        [{}, (header, isOurs) => hmacToken(claims, header, isOurs ? SECRET_KEY : "eA"), () => true],
        [
          { algorithm: "ES256", verifyingKey },
          (header, isOurs) => tokenBy(isOurs ? issuer.pair : attacker, person, header),
          () => true,
        ],
        [
          { algorithm: "ES256", jwkUrl: issuer.jwkUrl },
          (header, isOurs) => tokenBy(isOurs ? issuer.pair : attacker, person, header),
          ({ kid }) => kid === "one",
        ],
      ];
      for (const [jwt, sign, isFound] of sites) {
        await served(tokenAuth(jwt), { websocket: {} }, async ({ url, host }) => {
          const user = async (token: string) =>
            (await (await fetch(url, { headers: bearer(token) })).json()).user;
          for (const header of headersOf(issuer, attacker)) {
            const expected = isFound(header) ? person.username : null;
            assert.equal(await user(await sign(header, true)), expected, JSON.stringify(header));
            const forged = await sign(header, false);
            assert.equal(await user(forged), null, JSON.stringify(header));
            const socket = await open(host, bearer(forged));
            assert.deepEqual(await socket.ended, { code: 4401, reason: "token_invalid" });
          }
        });
      }
      assert.deepEqual(issuer.paths, ["/keys"]);
    }));
});

describe("a token", needsOracle, () => {
  test("of a deleted user is refused on requests, at a refresh and on sockets", async () => {
    const auth = tokenAuth();
    const guard = auth.userRequired(() => new Response("in"));
    const fetchOf: typeof guard = (request, context) =>
      auth.tokens.handle(request, context) ?? guard(request, context);
    await served(auth, { fetch: fetchOf, websocket: {} }, async ({ url, host }) => {
      const person = await newPerson();
      const [access, refresh] = [await djangoToken(person), await djangoToken(person, "refresh")];
      assert.equal(await (await fetch(url, { headers: bearer(access) })).text(), "in");
      await django().deleteUser(person.pk);
      const [ours, theirs] = await Promise.all(
        [`${url}/`, `${django().url}/api/whoami/`].map((address) =>
          fetch(address, { headers: bearer(access) })
        ),
      );
      assert.equal(ours!.status, 401);
      assert.deepEqual(await ours!.json(), { detail: "User not found", code: "user_not_found" });
      assert.equal(theirs!.status, 401);
      const refused = await fetch(`${url}/api/token/refresh/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ refresh }),
      });
      assert.equal(refused.status, 401);
      assert.deepEqual(await refused.json(), { detail: "No active account found for the given token." });
      const socket = await open(host, bearer(access));
      assert.deepEqual(await socket.ended, { code: 4401, reason: "user_not_found" });
    });
  });

  test("beside another one in a second Authorization header signs in neither user", async () => {
    const auth = tokenAuth();
    await served(
      auth,
      { fetch: auth.userRequired(() => new Response("in")), websocket: {} },
      async ({ host }) => {
        const [one, two] = [await djangoToken(await newPerson()), await djangoToken(await newPerson())];
        const headers = [["authorization", `Bearer ${one}`], ["authorization", `Bearer ${two}`]] as const;
        const response = await send(host, { headers });
        assert.equal(response.status, 401);
        assert.equal(JSON.parse(response.body).code, "bad_authorization_header");
      },
    );
  });
});
