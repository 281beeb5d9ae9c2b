/**
 * The database of the benchmark, on the server of `DATABASE_URL`: makes it, prints its address, and drops it when it is
 * sent a line. Runs on Bun.
 */

import process from "node:process";
import { createInterface } from "node:readline";
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
await sql`
  UPDATE django_session SET session_data = signed.data
  FROM unnest(${signed.map(({ key }) => key)}::text[], ${
  signed.map(({ data }) => data)
}::text[]) AS signed (key, data)
  WHERE session_key = signed.key`;
await sql`VACUUM ANALYZE`;
console.log(JSON.stringify({ url }));
await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next();
await drop();
console.log("{}");
process.exit();
