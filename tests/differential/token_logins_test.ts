/** Whom a token signs in: simplejwt's authentication and djauth's guards get the same headers, and answer the same. */

import assert from "node:assert/strict";
import process from "node:process";
import { after } from "node:test";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { oracle, ORACLE_SECRET } from "../ground/oracle.ts";
import type { OracleResponse } from "../ground/oracle_types.ts";
import { compare, ok } from "./compare.ts";
import type { Random } from "./random.ts";
import { type People, tokenBy, viewOptions, VIEWS, viewSettings } from "./token_requests.ts";
import { algorithmSettings, conditionsOf, momentOf, type SimpleJwt } from "./token_settings.ts";

// Connects with its first query: where there is no oracle there is none.
const database = createPostgresDatabase(process.env.ORACLE_DATABASE_URL ?? "postgres://127.0.0.1/none");
after(() => database.close());

let made: Promise<People> | undefined;

async function makePeople(): Promise<People> {
  const encoded = await createPasswords({ hashers: [{ algorithm: "pbkdf2_sha256", iterations: 1000 }] })
    .makePassword("secret");
  const person = async (columns: object) => {
    const username = `login-${crypto.randomUUID()}`;
    const { pk } = await oracle!.createUser({ username });
    await oracle!.updateUser(pk, { password: encoded, ...columns });
    return { pk, username, password: encoded };
  };
  return { active: await person({}), inactive: await person({ is_active: false }), password: "secret" };
}

const RECIPES = [
  ...["good", "good", "expired", "early", "other type", "other key", "garbage", "no user", "no jti"] as const,
  "inactive user",
] as const;
const VERIFY = VIEWS.find(({ path }) => path === "/api/token/verify/")!;

interface LoginCase {
  settings: SimpleJwt;
  now: number;
  header: string | null;
}

async function headerOf(random: Random, settings: SimpleJwt, now: number): Promise<string | null> {
  const people = await (made ??= makePeople());
  const recipe = random.pick(RECIPES);
  // Marks of another password than the user has.
  const stale = random.oneIn(8) ? { ...people, active: { ...people.active, password: "before" } } : people;
  const { text } = await tokenBy(recipe, VERIFY, settings, now, stale);
  return random.pick([
    ...[`Bearer ${text}`, `Bearer ${text}`, `Bearer ${text}`, `Bearer  ${text}`, `Bearer\t${text}`],
    ...[`bearer ${text}`, `JWT ${text}`, `Bearer ${text} more`, "Bearer", `Bearer ${text}.`, text, null],
    ...["Basic YTpi", `Bearer ${text.slice(0, -1)}`, `Bearer ${text.replace(".", "..")}`],
  ]);
}

compare<LoginCase>("the same tokens sign the same users in, with the same refusals", {
  async generate(random) {
    const settings = { ...viewSettings(random), ...algorithmSettings(random, "HS256") };
    const now = Math.floor(momentOf(random));
    return { settings, now, header: await headerOf(random, settings, now) };
  },

  ask: ({ settings, now, header }) => [{
    op: "request",
    args: { path: "/api/whoami/", headers: header === null ? {} : { authorization: header } },
    ...conditionsOf(settings, now),
  }],

  async check({ settings, now, header }, [answer]) {
    const theirs = ok<OracleResponse>(answer);
    const auth = djangoAuth({
      secretKey: ORACLE_SECRET,
      database,
      clock: { now: () => now * 1000 },
      jwt: viewOptions(settings),
      onEvent: () => {},
    });
    const guard = auth.userRequired((_request, _context, user) =>
      Response.json({ pk: String(user.pk), username: user.username })
    );
    const headers: Record<string, string> = header === null ? {} : { authorization: header };
    const ours = await auth.handle(new Request("http://testserver/", { headers }), guard);
    const text = await ours.text();
    assert.equal(ours.status, theirs.status, text);
    assert.equal(ours.headers.get("www-authenticate"), theirs.headers["www-authenticate"] ?? null);
    if (theirs.body === '{"detail":"Authentication credentials were not provided."}') {
      // Without a token there is nothing of simplejwt's to answer.
      assert.equal(JSON.parse(text).code, "not_authenticated");
    } else assert.deepEqual(JSON.parse(text), JSON.parse(theirs.body));
  },
}, 1000);
