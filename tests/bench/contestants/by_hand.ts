/**
 * The handler that people write without djauth: two queries over a pool of ten connections, and the two checks that
 * Django makes. It derives the keys only once, which is more than most handlers do.
 */

import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { inflateSync } from "node:zlib";
import postgres from "postgres";
import { SECRET_KEY } from "../site.ts";
import { databaseUrl, servePlainly } from "./contestant.ts";

interface User {
  id: number;
  username: string;
  email: string;
  password: string;
}

const sql = postgres(databaseUrl(), { max: 10 });

const SIGNATURE_KEY = createHash("sha256").update(
  "django.contrib.sessions.SessionStore" + "signer" + SECRET_KEY,
)
  .digest();
const HASH_KEY = createHash("sha256").update(
  "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash" + SECRET_KEY,
).digest();

function sessionCookie(header: string | null): string | null {
  for (const pair of (header ?? "").split(";")) {
    const [name, value] = pair.trim().split("=");
    if (name === "sessionid") return value ?? null;
  }
  return null;
}

function isEqual(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

function decode(text: string): Record<string, string> | null {
  const end = text.lastIndexOf(":");
  const signed = text.slice(0, end);
  const signature = createHmac("sha256", SIGNATURE_KEY).update(signed).digest("base64url");
  if (!isEqual(signature, text.slice(end + 1))) return null;
  const packed = signed.slice(0, signed.lastIndexOf(":"));
  const bytes = packed.startsWith(".")
    ? inflateSync(Buffer.from(packed.slice(1), "base64url"))
    : Buffer.from(packed, "base64url");
  return JSON.parse(bytes.toString());
}

async function userOf(request: Request): Promise<User | null> {
  const key = sessionCookie(request.headers.get("cookie"));
  if (key === null) return null;
  const [row] = await sql<{ session_data: string }[]>`
    SELECT session_data FROM django_session WHERE session_key = ${key} AND expire_date > now()`;
  const session = row === undefined ? null : decode(row.session_data);
  if (session === null) return null;
  const [user] = await sql<User[]>`
    SELECT id, username, email, password FROM auth_user WHERE id = ${session._auth_user_id!} AND is_active`;
  if (user === undefined) return null;
  const hash = createHmac("sha256", HASH_KEY).update(user.password).digest("hex");
  return isEqual(hash, session._auth_user_hash ?? "") ? user : null;
}

servePlainly({
  async fetch(request) {
    const user = await userOf(request);
    if (user === null) return new Response(null, { status: 401 });
    return Response.json({ id: user.id, username: user.username });
  },
  admit: userOf,
});
