/**
 * Creates the demo's users, and the triggers by which sockets close immediately when a login ends; without Django, also
 * the tables that `migrate` would have created.
 */

import process from "node:process";
import { djangoAuth } from "djauth";
import postgres from "postgres";
import { DJANGO_TABLES } from "../../tests/ground/database.ts";

const { DATABASE_URL = "", DJANGO_SECRET_KEY = "", DEMO_USERS = "[]", DEMO_TABLES } = process.env;

if (DEMO_TABLES === "make") {
  const sql = postgres(DATABASE_URL, { max: 1 });
  await sql.unsafe(DJANGO_TABLES);
  await sql.end();
}

const auth = djangoAuth({ secretKey: DJANGO_SECRET_KEY, database: DATABASE_URL });
for (const user of JSON.parse(DEMO_USERS)) await auth.createUser(user);
await auth.triggers.install();
await auth.close();
