/**
 * What no server with tokens gets by without: it reads the header, and says what the answer varies with. It believes every
 * token that comes. Sent a few again and again, it shows what is left to gain.
 */

import { Buffer } from "node:buffer";
import { servePlainly } from "./contestant.ts";
import { bearerOf } from "./jwt_key.ts";

const ids = new Map<string, string>();

function claimedId(token: string): string {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).user_id;
}

servePlainly({
  fetch(request) {
    const token = bearerOf(request);
    let id = ids.get(token);
    if (id === undefined) ids.set(token, id = claimedId(token));
    const response = Response.json({ id });
    response.headers.set("vary", "Cookie, Authorization");
    return response;
  },
  admit: () => null,
});
