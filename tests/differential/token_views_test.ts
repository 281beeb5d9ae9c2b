/** simplejwt's views and djauth's handlers get the same requests and must answer alike: status, headers and body. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { after } from "node:test";
import { createPostgresDatabase } from "../../src/databases/postgres/database.ts";
import { djangoAuth } from "../../src/django_auth.ts";
import { createPasswords } from "../../src/passwords/passwords.ts";
import { oracle, ORACLE_SECRET } from "../ground/oracle.ts";
import type { Conditions, OracleResponse } from "../ground/oracle_types.ts";
import { compare, ok } from "./compare.ts";
import type { Random } from "./random.ts";
import {
  type People,
  type Recipe,
  RECIPES,
  requestFor,
  tokenBy,
  type TokenRequest,
  viewOptions,
  VIEWS,
  viewSettings,
} from "./token_requests.ts";
import { algorithmSettings, momentOf, type SimpleJwt } from "./token_settings.ts";

/** Number of requests to each view. */
const REQUESTS = 500;
const HASHERS = [{ algorithm: "pbkdf2_sha256", iterations: 1000 }] as const;
const PASSWORD = "correct-Horse-1";
const NO_ACCOUNT = /^\{"detail":"No active account found for the given token\."\}$/;

// Connects with its first query, so it never connects where there is no oracle.
const database = createPostgresDatabase(process.env.ORACLE_DATABASE_URL ?? "postgres://127.0.0.1/none");
after(() => database.close());

let made: Promise<People> | undefined;

function people(): Promise<People> {
  return made ??= makePeople();
}

async function makePeople(): Promise<People> {
  const encoded = await createPasswords({ hashers: HASHERS }).makePassword(PASSWORD);
  const person = async (columns: object) => {
    const username = `view-${crypto.randomUUID()}`;
    const { pk } = await oracle!.createUser({ username });
    await oracle!.updateUser(pk, { password: encoded, ...columns });
    return { pk, username, password: encoded };
  };
  const deleted = await person({});
  await oracle!.deleteUser(deleted.pk);
  return {
    ...{ active: await person({}), inactive: await person({ is_active: false }), deleted },
    password: PASSWORD,
  };
}

interface ViewCase {
  settings: SimpleJwt;
  now: number;
  recipe: Recipe;
  request: TokenRequest;
  /** The bodies sent to each side. */
  theirs: string;
  ours: string;
}

function conditionsOf({ settings, now }: ViewCase): Conditions {
  return {
    now,
    settings: { SIMPLE_JWT: settings, PASSWORD_HASHERS: ["oracle.quick_hasher.QuickHasher"] },
  };
}

for (const view of VIEWS) {
  compare<ViewCase>(`POST ${view.path}`, {
    async generate(random: Random) {
      const settings = {
        ...viewSettings(random),
        ...algorithmSettings(random, random.oneIn(2) ? "HS256" : undefined),
      };
      const now = Math.floor(momentOf(random));
      const recipe = random.pick(RECIPES);
      const request = requestFor(random, view, await people());
      const sides: string[] = [];
      // One token per side: a token that one side has used up would be refused by the other.
      for (const _side of ["theirs", "ours"]) {
        const { text } = await tokenBy(recipe, view, settings, now, await people());
        const quoted = request.contentType.startsWith("application/json")
          ? JSON.stringify(text).slice(1, -1)
          : text;
        sides.push(request.body.replace("TOKEN", quoted));
        if (recipe === "blacklisted" && view.type !== "access") {
          const auth = siteOf(settings, now);
          await auth.handle(jsonRequest(JSON.stringify({ refresh: text })), auth.tokens.blacklist);
        }
      }
      return { settings, now, recipe, request, theirs: sides[0]!, ours: sides[1]! };
    },

    ask: (case_) => [{
      op: "request",
      args: {
        path: view.path,
        method: case_.request.method,
        body: case_.theirs,
        content_type: case_.request.contentType,
      },
      ...conditionsOf(case_),
    }],

    async check(case_, [answer]) {
      const { settings, now, request: { method, contentType } } = case_;
      const theirs = ok<OracleResponse>(answer);
      const auth = siteOf(settings, now);
      const headers: Record<string, string> = contentType === "" ? {} : { "content-type": contentType };
      const body = method === "GET" ? null : new TextEncoder().encode(case_.ours);
      const request = new Request(`http://testserver${view.path}`, { method, headers, body });
      const ours = await auth.handle(request, (request, context) => auth.tokens.handle(request, context)!);
      const text = await ours.text();
      const difference = knownDifference(theirs, view.path, case_);
      if (difference !== null) {
        assert.equal(ours.status, 401, text);
        assert.match(text, difference);
        return;
      }
      assert.equal(ours.status, theirs.status, `${text} where simplejwt says ${theirs.body.slice(0, 300)}`);
      for (
        const name of new Set(["content-type", "allow", "vary", "www-authenticate", ...ours.headers.keys()])
      ) {
        assert.equal(ours.headers.get(name), theirs.headers[name] ?? null, name);
      }
      assert.equal(comparable(text), comparable(theirs.body));
    },
  }, REQUESTS);
}

/** The cases where djauth refuses on purpose, and the expected body; the README lists them. */
function knownDifference(
  theirs: OracleResponse,
  path: string,
  { recipe, settings }: ViewCase,
): RegExp | null {
  const isSliding = path === "/api/token/sliding/refresh/";
  // Where simplejwt crashes, djauth refuses.
  if (theirs.status === 500) return recipe === "deleted user" ? NO_ACCOUNT : /"code":"token_not_valid"/;
  if (theirs.status !== 200 || !isSliding && path !== "/api/token/refresh/") return null;
  // simplejwt 5.5 checks the user of a refresh token only, and never the password; its next release does.
  if (recipe === "stale password" && settings["CHECK_REVOKE_TOKEN"]) return /password has been changed/;
  if (recipe === "deleted user") return NO_ACCOUNT;
  return isSliding && recipe === "inactive user" && settings["CHECK_USER_IS_ACTIVE"] !== false
    ? NO_ACCOUNT
    : null;
}

function siteOf(settings: SimpleJwt, now: number) {
  return djangoAuth({
    secretKey: ORACLE_SECRET,
    database,
    passwords: { hashers: HASHERS },
    clock: { now: () => now * 1000 },
    jwt: viewOptions(settings),
    onEvent: () => {},
  });
}

function jsonRequest(body: string): Request {
  const headers = { "content-type": "application/json" };
  return new Request("http://testserver/", { method: "POST", headers, body });
}

/** A body with each token replaced by its header and claims, and without the parts that necessarily differ. */
function comparable(text: string): string {
  return text
    // The error messages of Python's JSON parser differ from ours.
    .replace(/^(\{"detail":"JSON parse error) - .*("\})$/s, "$1$2")
    .replace(
      /"(access|refresh|token)":"([\w-]+)\.([\w-]+)\.[\w-]*"/g,
      (_, name, header, payload) => `"${name}":${[header, payload].map(decoded).join(".")}`,
    );
}

function decoded(part: string): string {
  const text = Buffer.from(part, "base64url").toString();
  // Without TOKEN_TYPE_CLAIM, simplejwt writes the type under the JSON key of Python's None: "null".
  return text.replace(/"[0-9a-f]{32}"/, '"…"').replace(/"null":"\w+",/, "");
}
