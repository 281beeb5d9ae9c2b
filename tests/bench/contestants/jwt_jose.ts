/** jose alone, as its documentation shows it, with a key that is imported once. */

import { importSPKI, jwtVerify } from "jose";
import { ALGORITHM, bearerOf, KEY } from "./jwt_key.ts";
import { servePlainly } from "./contestant.ts";

const key = ALGORITHM === "RS256" ? await importSPKI(KEY, ALGORITHM) : await hmacKey();

function hmacKey(): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", new TextEncoder().encode(KEY), algorithm, false, ["verify"]);
}

servePlainly({
  async fetch(request) {
    const { payload } = await jwtVerify(bearerOf(request), key, { algorithms: [ALGORITHM] });
    if (payload.token_type !== "access") return new Response(null, { status: 401 });
    return Response.json({ id: payload.user_id });
  },
  admit: () => null,
});
