/** simplejwt's views and djauth's handlers get the same requests, and answer the same: status, headers and body. */

import assert from "node:assert/strict";
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

/** Requests to each view. */
const REQUESTS = 500;
const HASHERS = [{ algorithm: "pbkdf2_sha256", iterations: 1000 }] as const;
const PASSWORD = "correct-Horse-1";

// Connects with its first query: where there is no oracle there is none.
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
  return { active: await person({}), inactive: await person({ is_active: false }), password: PASSWORD };
}

interface ViewCase {
  settings: SimpleJwt;
  now: number;
  recipe: Recipe;
  request: TokenRequest;
  /** What each side is sent. */
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
      const settings = { ...viewSettings(random), ...algorithmSettings(random, "HS256") };
      const now = Math.floor(momentOf(random));
      const recipe = random.pick(RECIPES);
      const request = requestFor(random, view, await people());
      const sides: string[] = [];
      // One for each side: a token that one side has used up would be refused by the other.
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
        assert.equal(ours.status, difference.status, text);
        return;
      }
      assert.equal(ours.status, theirs.status, `${text} where simplejwt says ${theirs.body.slice(0, 300)}`);
      for (const name of ["content-type", "allow", "vary", "www-authenticate"]) {
        assert.equal(ours.headers.get(name), theirs.headers[name] ?? null, name);
      }
      assert.deepEqual(comparable(text), comparable(theirs.body));
    },
  }, REQUESTS);
}

/** Where djauth answers something else on purpose: the list is in the README. */
function knownDifference(
  theirs: OracleResponse,
  path: string,
  { recipe, settings }: ViewCase,
): { status: number } | null {
  // What simplejwt has no answer for is a refusal here.
  if (theirs.status === 500) return { status: 401 };
  // simplejwt 5.5 never asks about the user of a sliding token; its next release does.
  const isRefused = recipe === "inactive user" && settings.CHECK_USER_IS_ACTIVE !== false;
  return path === "/api/token/sliding/refresh/" && isRefused && theirs.status === 200
    ? { status: 401 }
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

/** A body in which tokens are their claims, and what cannot be the same is not there. */
function comparable(text: string): unknown {
  const value: unknown = text === "" ? null : JSON.parse(text);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, comparableMember(name, member)]);
}

function comparableMember(name: string, member: unknown): unknown {
  // The words of Python's parsers are not ours.
  if (typeof member === "string" && name === "detail") {
    return member.replace(/^(JSON parse error) - .*/s, "$1");
  }
  if (typeof member !== "string" || !/^(?:access|refresh|token)$/.test(name)) return member;
  const [header, payload] = member.split(".").map((part) =>
    new TextDecoder().decode(
      Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)),
    )
  );
  return [header, payload!.replace(/"jti":"[0-9a-f]{32}"/, '"jti":""')];
}
