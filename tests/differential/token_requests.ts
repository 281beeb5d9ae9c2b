/** Random requests to simplejwt's views: all kinds of bodies, with valid, invalid and unusual tokens. */

import type { JwtAuthOptions } from "../../src/auth/options/jwt_options.ts";
import { TokenClaims } from "../../src/jwt/claims/claims.ts";
import type { Tokens } from "../../src/jwt/tokens/tokens.ts";
import type { Random } from "./random.ts";
import type { DifferentialUser, SimpleJwt } from "./token_settings.ts";
import { classOfType, optionsOf, tokensAt, tokenSettings } from "./token_settings.ts";

/** One of simplejwt's views. */
export interface ViewName {
  readonly path: string;
  /** The field of the token; `null` for views that take credentials. */
  readonly field: "refresh" | "token" | null;
  /** The type of token that it accepts. */
  readonly type: "refresh" | "sliding" | "access";
}

/** All views. */
export const VIEWS: readonly ViewName[] = [
  { path: "/api/token/", field: null, type: "access" },
  { path: "/api/token/refresh/", field: "refresh", type: "refresh" },
  { path: "/api/token/verify/", field: "token", type: "access" },
  { path: "/api/token/blacklist/", field: "refresh", type: "refresh" },
  { path: "/api/token/sliding/", field: null, type: "access" },
  { path: "/api/token/sliding/refresh/", field: "token", type: "sliding" },
];

/** The defects of tokens; "good" has none. */
export const RECIPES = [
  ...["good", "good", "good", "good", "expired", "early", "other type", "other key", "garbage"] as const,
  ...["no user", "no jti", "blacklisted", "blacklisted", "padded", "inactive user"] as const,
  ...["number", "deleted user", "stale password"] as const,
] as const;

/** One of {@link RECIPES}. */
export type Recipe = typeof RECIPES[number];

/** A request whose body is completed once its token exists. */
export interface TokenRequest {
  readonly method: string;
  readonly contentType: string;
  /** `TOKEN` is the placeholder for the token. */
  readonly body: string;
}

/** Three users: an active, a deactivated and a deleted one. */
export interface People {
  readonly active: DifferentialUser & { readonly username: string };
  readonly deleted: DifferentialUser & { readonly username: string };
  readonly inactive: DifferentialUser & { readonly username: string };
  /** The password of all three. */
  readonly password: string;
}

const TOKEN_TYPES = ["access", "access", "sliding", "refresh", "untyped"] as const;
const TYPES = [
  ...["application/json", "application/json", "application/json; charset=utf-8", "APPLICATION/JSON"],
  ...["application/x-www-form-urlencoded", "multipart/form-data; boundary=frontier"],
];
const OTHER_TYPES = ["text/plain", "application/xml", "", "application/json-patch+json"];
const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE"];
/** JSON that is not an object, and invalid JSON. */
const WHOLE_BODIES = [
  ...["null", "[]", "[1]", "7", "-0", "1.5", "1e3", "true", '"text"', " {} ", "{}", ""],
  ...["{", '{"username"}', "nope", "{'username': 'a'}", '{"username": NaN}', "[Infinity]", "\ufeff{}"],
];

/** Random settings: a selection of all that affect a response. */
export function viewSettings(random: Random): Record<string, unknown> {
  const all: Record<string, unknown> = {
    ROTATE_REFRESH_TOKENS: true,
    BLACKLIST_AFTER_ROTATION: true,
    UPDATE_LAST_LOGIN: true,
    CHECK_USER_IS_ACTIVE: false,
    CHECK_REVOKE_TOKEN: true,
  };
  const rare: Record<string, unknown> = {
    TOKEN_TYPE_CLAIM: null,
    USER_ID_FIELD: "username",
    AUTH_HEADER_TYPES: random.pick([["JWT"], ["Token", "Bearer"]]),
    AUTH_HEADER_NAME: "HTTP_X_AUTH",
    AUTH_TOKEN_CLASSES: random.many(random.between(1, 2), () => classOfType(random.pick(TOKEN_TYPES))),
  };
  return {
    ...tokenSettings(random),
    ...Object.fromEntries(Object.entries(rare).filter(() => random.oneIn(8))),
    ...Object.fromEntries(Object.entries(all).filter(() => random.oneIn(3))),
  };
}

/** Creates a token by its recipe; two tokens of the same recipe differ only in their identifier. */
export async function tokenBy(
  recipe: Recipe,
  view: ViewName,
  settings: SimpleJwt,
  now: number,
  people: People,
): Promise<{ text: string; tokens: Tokens<DifferentialUser> }> {
  const at = recipe === "expired" ? now - 100_000_000 : recipe === "early" ? now + 10_000 : now - 2;
  const key = recipe === "other key"
    ? { ALGORITHM: "HS256", SIGNING_KEY: "another key altogether" } as const
    : {};
  const tokens = tokensAt({ ...settings, ...key, BLACKLIST_APP: false }, at);
  const other = view.type === "access" ? "untyped" : "access";
  const type = recipe === "other type" ? other : view.type;
  if (recipe === "garbage") return { text: "x.y.z", tokens };
  const made = recipe === "no user"
    ? tokens.create(type, 600)
    : await tokens.forUser(type, userBy(recipe, people), 600);
  const { jtiClaim, userIdClaim, userIdField } = tokens.settings;
  const changes: [string, unknown][] = [];
  // PyJWT requires text under the name "jti"; under another name, simplejwt accepts a number.
  if (recipe === "no jti" && jtiClaim === "jti") changes.push(["jti", 7]);
  const dropped = new Set(recipe === "no jti" && jtiClaim !== null ? [jtiClaim] : []);
  // As releases before 5.5 wrote it.
  if (recipe === "number" && userIdField === "id") changes.push([userIdClaim, Number(people.active.pk)]);
  const text = await tokens.sign({
    ...made,
    claims: TokenClaims.EMPTY.withAll(made.claims, dropped).with(changes),
  });
  return { text: recipe === "padded" ? `  ${text}\n` : text, tokens };
}

function userBy(recipe: Recipe, { active, inactive, deleted }: People): DifferentialUser {
  if (recipe === "inactive user") return inactive;
  if (recipe === "deleted user") return deleted;
  return recipe === "stale password" ? { ...active, password: "the hash from before" } : active;
}

/** A request to a view; usually a valid one. */
export function requestFor(random: Random, view: ViewName, people: People): TokenRequest {
  const contentType = random.oneIn(12) ? random.pick(OTHER_TYPES) : random.pick(TYPES);
  const method = random.oneIn(15) ? random.pick(OTHER_METHODS) : "POST";
  const isJson = /^application\/json(?:;|$)/i.test(contentType);
  if (random.oneIn(isJson ? 5 : 25)) return { method, contentType, body: random.pick(WHOLE_BODIES) };
  const fields = view.field === null ? credentials(random, people) : { [view.field]: tokenField(random) };
  return { method, contentType, body: bodyOf(fields, contentType) };
}

/** djauth's options for these settings. */
export function viewOptions(settings: SimpleJwt): JwtAuthOptions {
  return optionsOf(settings) as JwtAuthOptions;
}

function credentials(random: Random, people: People): Record<string, string> {
  const { username } = random.oneIn(6) ? people.inactive : people.active;
  if (random.oneIn(2)) {
    const padded = random.oneIn(3) ? ` \t${username}\u2003` : username;
    return { username: JSON.stringify(padded), password: JSON.stringify(people.password) };
  }
  return { username: odd(random, username), password: odd(random, people.password) };
}

function tokenField(random: Random): string {
  return random.oneIn(5) ? odd(random, "TOKEN") : '"TOKEN"';
}

/** A field's value as JSON, possibly an unusual one; `""` means that the field is missing. */
function odd(random: Random, good: string): string {
  return random.pick([
    ...[JSON.stringify(good), JSON.stringify(good), JSON.stringify(`x${good}`), "", "null", '""', '"  "'],
    ...["7", "-0", "1.0", "1e22", "true", "[]", '["a"]', "{}", '"\\u0000"', '"a\\u0000b"', '"\\ud800"'],
    ...['"\\udc00\\u0000"', '"\\u001c"', '"\\ufeff"', '"é😀"', "123456789012345678901234567890"],
  ]);
}

/** The fields as JSON or as a form, where every value is text. */
function bodyOf(fields: Readonly<Record<string, string>>, contentType: string): string {
  const given = Object.entries(fields).filter(([, json]) => json !== "");
  if (contentType.startsWith("application/x-www-form")) {
    return given.map(([name, json]) => `${name}=${encodeURIComponent(textOf(json))}`).join("&");
  }
  if (contentType.startsWith("multipart")) {
    // The runtimes' own parsers drop a byte order mark at the start of a part; Django keeps it.
    const parts = given.filter(([, json]) => json !== '"\\ufeff"').map(([name, json]) =>
      `--frontier\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${textOf(json)}\r\n`
    );
    return `${parts.join("")}--frontier--\r\n`;
  }
  return `{${given.map(([name, json]) => `"${name}": ${json}`).join(", ")}}`;
}

function textOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return (typeof value === "string" ? value : json).toWellFormed();
}
