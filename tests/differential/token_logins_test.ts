/**
 * Which user a token authenticates: simplejwt's authentication and djauth's guards get the same headers and must answer
 * alike.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { after } from "node:test";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { type DjangoAuth, djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { oracle, ORACLE_SECRET } from "../ground/oracle.ts";
import type { OracleResponse } from "../ground/oracle_types.ts";
import { compare, ok } from "./compare.ts";
import type { Random } from "./random.ts";
import { type People, tokenBy, viewOptions, VIEWS, viewSettings } from "./token_requests.ts";
import { algorithmSettings, conditionsOf, momentOf, type SimpleJwt } from "./token_settings.ts";

// Connects with its first query, so it never connects where there is no oracle.
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
  const deleted = await person({});
  await oracle!.deleteUser(deleted.pk);
  return {
    ...{ active: await person({}), inactive: await person({ is_active: false }), deleted },
    password: "secret",
  };
}

const RECIPES = [
  ...["good", "good", "expired", "early", "other type", "other key", "garbage", "no user", "no jti"] as const,
  ...["inactive user", "deleted user", "stale password", "number"] as const,
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
  const view = {
    ...VERIFY,
    type: random.pick(["access", "access", "access", "sliding", "refresh"] as const),
  };
  const { text } = await tokenBy(recipe, view, settings, now, people);
  const type = random.pick((settings["AUTH_HEADER_TYPES"] ?? ["Bearer"]) as string[]);
  return random.pick([
    ...[`${type} ${text}`, `${type} ${text}`, `${type} ${text}`, `${type}  ${text}`, `${type}\t${text}`],
    ...[`bearer ${text}`, `JWT ${text}`, `${type} ${text} more`, type, `${type} ${text}.`, text, null],
    ...[
      "Basic YTpi",
      `${type}x`,
      `${type}${text}`,
      `${type} ${text.slice(0, -1)}`,
      `${type} ${text.replace(".", "..")}`,
    ],
  ]);
}

/** The header under the name that requests use. */
function headersOf({ settings, header }: LoginCase): Record<string, string> {
  if (header === null) return {};
  return { [settings["AUTH_HEADER_NAME"] === undefined ? "authorization" : "x-auth"]: header };
}

/** Sends the same request to both; `judge` calls djauth and compares. */
function compareLogins(
  name: string,
  path: string,
  judge: (auth: DjangoAuth, request: Request, theirs: OracleResponse) => Promise<void>,
): void {
  compare<LoginCase>(name, {
    async generate(random) {
      const algorithm = algorithmSettings(random, random.oneIn(2) ? "HS256" : undefined);
      const settings = { ...viewSettings(random), ...algorithm };
      const now = Math.floor(momentOf(random));
      return { settings, now, header: await headerOf(random, settings, now) };
    },

    ask: (case_) => [{
      op: "request",
      args: { path, headers: headersOf(case_) },
      ...conditionsOf(case_.settings, case_.now),
    }],

    async check(case_, [answer]) {
      const auth = djangoAuth({
        secretKey: ORACLE_SECRET,
        database,
        clock: { now: () => case_.now * 1000 },
        jwt: viewOptions(case_.settings),
        onEvent: () => {},
      });
      const request = new Request("http://testserver/", { headers: headersOf(case_) });
      await judge(auth, request, ok<OracleResponse>(answer));
    },
  }, 1000);
}

compareLogins(
  "the same tokens sign the same users in, with the same refusals",
  "/api/whoami/",
  async (auth, request, theirs) => {
    const guard = auth.userRequired((_request, _context, { pk, username }) =>
      new Response(JSON.stringify({ pk: String(pk), username }), {
        headers: { "content-type": "application/json" },
      })
    );
    const ours = await auth.handle(request, guard);
    const text = await ours.text();
    // A refresh or sliding token without an identifier crashes simplejwt (status 500).
    if (theirs.status === 500) return assert.equal(JSON.parse(text).code, "token_not_valid");
    assert.equal(ours.status, theirs.status, `${text} where simplejwt says ${theirs.body}`);
    assert.equal(ours.headers.get("www-authenticate"), theirs.headers["www-authenticate"] ?? null);
    if (theirs.body === '{"detail":"Authentication credentials were not provided."}') {
      // For a request without a token djauth uses its own response body.
      assert.equal(JSON.parse(text).code, "not_authenticated");
      return;
    }
    assert.equal(ours.headers.get("content-type"), theirs.headers["content-type"]);
    assert.equal(text, theirs.body);
  },
);

compareLogins(
  "the same tokens name the same users by their claims alone",
  "/api/whoami/stateless/",
  async (auth, request, theirs) => {
    const user = await auth.context(request).userFromClaimsAlone();
    const named = theirs.status === 200 ? JSON.parse(theirs.body) : null;
    assert.deepEqual(user && { pk: user.id, username: user.username }, named, theirs.body);
  },
);
