/** A check written without a library: `node:crypto`, synchronous, and only the claims that matter. */

import { Buffer } from "node:buffer";
import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { ALGORITHM, bearerOf, KEY } from "./jwt_key.ts";
import { servePlainly } from "./contestant.ts";

const publicKey = ALGORITHM === "RS256" ? createPublicKey(KEY) : null;

function isSigned(signed: string, signature: string): boolean {
  if (publicKey !== null) {
    return verify("sha256", Buffer.from(signed), publicKey, Buffer.from(signature, "base64url"));
  }
  const expected = createHmac("sha256", KEY).update(signed).digest();
  const given = Buffer.from(signature, "base64url");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function userIdOf(token: string): string | null {
  const [header = "", payload = "", signature = "", ...rest] = token.split(".");
  if (rest.length > 0 || JSON.parse(Buffer.from(header, "base64url").toString()).alg !== ALGORITHM) {
    return null;
  }
  if (!isSigned(`${header}.${payload}`, signature)) return null;
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  return claims.token_type === "access" && claims.exp > Date.now() / 1000 ? claims.user_id : null;
}

servePlainly({
  fetch(request) {
    const id = userIdOf(bearerOf(request));
    return id === null ? new Response(null, { status: 401 }) : Response.json({ id });
  },
  admit: () => null,
});
