/**
 * The benchmark's database on the server of `DATABASE_URL`: creates it, prints its URL, then restores what was ended
 * ("refill") or drops it ("end") for each line received. Runs on Bun.
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { djangoAuth } from "../../mod.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import { createSessionCodec } from "../../src/session/codec.ts";
import { createSessionHash } from "../../src/users/session_hash.ts";
import { createDatabase } from "../ground/database.ts";
import { ROWS, SECRET_KEY, sessionKeyOf, VISITORS } from "./site.ts";

const keys = { current: SECRET_KEY, fallbacks: [] };
const codec = createSessionCodec({ keys });
const sessionHash = createSessionHash({ keys });

const { sql, url, drop } = await createDatabase();
await sql`
  INSERT INTO auth_user
    (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
  SELECT id, 'pbkdf2_sha256$1000000$' || md5('salt' || id) || '$' || md5('hash' || id), now(), false, 'user' || id,
    'First' || id, 'Last' || id, 'user' || id || '@example.com', false, true, now()
  FROM generate_series(1, ${ROWS}::int) AS id`;
await sql`
  INSERT INTO django_session (session_key, session_data, expire_date)
  SELECT CASE WHEN id > ${VISITORS} THEN md5(id::text) ELSE 'visitor' || lpad(id::text, 25, '0') END,
    repeat(md5(id::text), 7), now() + interval '14 days'
  FROM generate_series(1, ${ROWS}::int) AS id`;

const visitors = await sql<{ id: number; password: string }[]>`
  SELECT id, password FROM auth_user WHERE id <= ${VISITORS} ORDER BY id`;
const signed = visitors.map(({ id, password }) => ({
  key: sessionKeyOf(id),
  data: codec.encode(
    SessionPayload.fromText(JSON.stringify({
      _auth_user_id: String(id),
      _auth_user_backend: "django.contrib.auth.backends.ModelBackend",
      _auth_user_hash: sessionHash.make(password),
    }))!,
  ),
}));

/** Restores the sessions of all visitors and activates all users. */
async function refill(): Promise<void> {
  const [sessionKeys, data] = [signed.map(({ key }) => key), signed.map(({ data }) => data)];
  await sql`
    INSERT INTO django_session (session_key, session_data, expire_date)
    SELECT key, data, now() + interval '14 days' FROM unnest(${sessionKeys}::text[], ${data}::text[]) AS signed (key, data)
    ON CONFLICT (session_key) DO UPDATE SET session_data = excluded.session_data`;
  await sql`UPDATE auth_user SET is_active = true WHERE NOT is_active`;
  await sql`VACUUM ANALYZE auth_user, django_session`;
}

await refill();
// Only djauth has a feed; the triggers cost the other contestants nothing.
const auth = djangoAuth({ secretKey: SECRET_KEY, database: url });
await auth.triggers.install();
await auth.close();
console.log(JSON.stringify({ url }));
for await (const line of createInterface({ input: process.stdin })) {
  const isEnd = JSON.parse(line).ask === "end";
  await (isEnd ? drop() : refill());
  console.log("{}");
  if (isEnd) process.exit();
}
