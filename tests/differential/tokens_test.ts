/** simplejwt's tokens in both directions: encoded, verified, and derived from each other. */

import assert from "node:assert/strict";
import { parsePythonJson } from "../../src/internal/python/json.ts";
import { TokenClaims } from "../../src/jwt/claims/claims.ts";
import { JWT_ALGORITHMS } from "../../src/jwt/options/algorithms.ts";
import type { TokenType } from "../../src/jwt/options/options.ts";
import type { Token } from "../../src/jwt/tokens/token.ts";
import type { Answer } from "../ground/oracle_types.ts";
import { compare, ok } from "./compare.ts";
import { jsonText, memberKey, objectText, tampered } from "./generate.ts";
import type { Random } from "./random.ts";
import { signedWith } from "./sign_with.ts";
import {
  algorithmSettings,
  conditionsOf,
  momentOf,
  sameId,
  type SimpleJwt,
  tokensAt,
  tokenSettings,
} from "./token_settings.ts";

const TYPES: TokenType[] = ["access", "refresh", "sliding", "untyped"];
/** Algorithms with deterministic signatures. */
const EXACT = /^(?:HS|RS|EdDSA)/;
/** djauth refuses longer tokens. */
const MAX_LENGTH = 16_384;

function tokenOf(json: string, now: number): Token {
  return { type: "access", claims: TokenClaims.fromText(json)!, currentTime: now * 1000 };
}

function withoutSignature(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

interface WrittenCase {
  settings: SimpleJwt;
  now: number;
  json: string;
  mine: string;
}

compare<WrittenCase>("tokens are written alike, and read by the other side", {
  async generate(random) {
    const settings: SimpleJwt = { ...tokenSettings(random), ...algorithmSettings(random) };
    const now = momentOf(random);
    const json = objectText(random);
    return { settings, now, json, mine: await tokensAt(settings, now).sign(tokenOf(json, now)) };
  },
  ask: ({ settings, now, json }) => [
    { op: "token.encode", args: { json }, ...conditionsOf(settings, now) },
  ],
  askNext: ({ settings, now, mine }, [theirs]) =>
    [mine, ok(theirs)].map((token) => ({
      op: "token.decode",
      args: { token },
      ...conditionsOf(settings, now),
    })),
  async check({ settings, now, mine }, [theirs], [readMine, readTheirs]) {
    const token = ok(theirs);
    assert.equal(withoutSignature(mine), withoutSignature(token));
    if (EXACT.test(settings.ALGORITHM)) assert.equal(mine, token);
    assert.equal(ok(readMine), ok(readTheirs));
    if (token.length > MAX_LENGTH) return;
    // Without `exp` it is not a valid token of any type; the signature is checked before that.
    const verified = await tokensAt(settings, now).verify(token, "untyped");
    assert.ok(!("token" in verified));
    assert.equal(verified.code, "token_no_exp");
    assert.equal(tokensAt(settings, now).decodeUnverified(token)?.text, ok(readTheirs));
  },
});

interface JudgedCase {
  settings: SimpleJwt;
  now: number;
  type: TokenType;
  header: string;
  token: string;
  times: unknown[];
}

compare<JudgedCase>("tokens are judged with the same words", {
  generate(random) {
    const settings: SimpleJwt = {
      ...tokenSettings(random),
      ...(random.oneIn(8) ? { TOKEN_TYPE_CLAIM: null } : {}),
      // Without identifiers there can be no blacklist.
      ...(random.oneIn(8) ? { JTI_CLAIM: null, BLACKLIST_APP: false } : {}),
      ...algorithmSettings(random),
    };
    const now = momentOf(random);
    const type = random.pick(TYPES);
    const members = membersOf(random, settings, now, type);
    const payload = `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
    const isOther = random.oneIn(40);
    const times = members.filter(([name]) => !isOther && ["exp", "iat", "nbf"].includes(name))
      .map(([, json]) => parsePythonJson(json));
    const header = headerText(random, settings.ALGORITHM);
    const signed = signedWith(settings, header, isOther ? jsonText(random) : payload);
    const token = random.oneIn(8) ? tampered(random, signed, "aB0-_.é") : signed;
    return { settings, now, type, header, token, times };
  },
  ask: ({ settings, now, type, token }) => [
    { op: "token.verify", args: { token, type }, ...conditionsOf(settings, now) },
  ],
  async check({ settings, now, type, header, token, times }, [theirs]) {
    const verified = await tokensAt(settings, now).verify(token, type);
    const mine = "token" in verified ? verified.token.claims.text : verified.message;
    if (isCrash(theirs)) return assert.ok("code" in verified, mine);
    // jose reads the header of a token with an asymmetric algorithm, and its JSON has no NaN.
    const isNoJson = JWT_ALGORITHMS[settings.ALGORITHM].hash === null && header.includes("NaN");
    const isStricter = token.length > MAX_LENGTH || isNoJson || times.some(isOddTime);
    assert.equal(mine, isStricter ? "Token is invalid" : wordsOf(theirs));
  },
});

/** Times that PyJWT accepts, and that make simplejwt crash now or with another claim. */
function isOddTime(value: unknown): boolean {
  return typeof value === "boolean" || (typeof value === "string" && /\d/.test(value));
}

/** A crash of simplejwt (status 500), where djauth refuses. */
function isCrash(answer: Answer | undefined): boolean {
  return answer?.error !== undefined && !/^(?:TokenError|ExpiredTokenError)$/.test(answer.error.type);
}

function wordsOf(answer: Answer | undefined): string {
  return answer?.error === undefined ? ok(answer) : answer.error.message;
}

/** The claims of a nearly valid token as pairs of name and JSON text; a name may be repeated. */
function membersOf(
  random: Random,
  settings: SimpleJwt,
  now: number,
  type: TokenType,
): [name: string, json: string][] {
  const { LEEWAY = 0, AUDIENCE, ISSUER } = settings;
  const nameOf = (setting: string, usual: string): string =>
    settings[setting] === undefined ? usual : String(settings[setting] ?? usual);
  const [typeClaim, jtiClaim] = [nameOf("TOKEN_TYPE_CLAIM", "token_type"), nameOf("JTI_CLAIM", "jti")];
  const edge = random.pick([0, Number(LEEWAY), -Number(LEEWAY)]) +
    random.pick([0, 0.25, -0.25, 1, -1, 60, -60]);
  const time = (usual: number): string =>
    random.oneIn(4)
      ? random.pick([
        String(now + edge),
        String(Math.floor(now + edge)),
        jsonText(random),
        `"${now}"`,
        "1e99",
      ])
      : String(usual);
  const named = random.pick(TYPES);
  const members: [string, string][] = [
    [typeClaim, random.oneIn(10) ? jsonText(random) : JSON.stringify(random.oneIn(4) ? named : type)],
    ["exp", time(Math.floor(now) + 60)],
    ["iat", time(Math.floor(now))],
    [jtiClaim, random.oneIn(10) ? jsonText(random) : '"0123456789abcdef0123456789abcdef"'],
    ["aud", random.oneIn(4) ? jsonText(random) : JSON.stringify(AUDIENCE ?? "a")],
    ["iss", random.oneIn(4) ? jsonText(random) : JSON.stringify(ISSUER ?? "me")],
  ];
  if (random.oneIn(4)) members.push(["nbf", time(Math.floor(now))]);
  if (random.oneIn(8)) members.push(["sub", jsonText(random)]);
  if (random.oneIn(8)) members.push(["jti", jsonText(random)]);
  if (random.oneIn(2)) members.push([memberKey(random), jsonText(random)]);
  // A non-text identifier cannot be in the blacklist; simplejwt queries the database for it nevertheless.
  const isListed = settings.BLACKLIST_APP !== false && (type === "refresh" || type === "sliding");
  return members.filter(([name, json]) =>
    !random.oneIn(15) && !(isListed && name === jtiClaim && !json.startsWith('"0'))
  );
}

function headerText(random: Random, algorithm: string): string {
  const header = random.oneIn(6) ? oddHeader(random) : '{"alg":"HS256","typ":"JWT"}';
  return algorithm === "HS256" ? header : header.replaceAll("HS256", algorithm);
}

/** An unusual header for HS256. */
function oddHeader(random: Random): string {
  return random.pick([
    ...['{"typ":"JWT","alg":"HS256"}', ' { "alg" : "HS256" } ', '{"alg":"none"}', '{"alg":"HS512"}', "{}"],
    ...['{"alg":["HS256"]}', '{"alg":null}', '{"alg":"none","alg":"HS256"}', '{"alg":"HS256","alg":"none"}'],
    ...['{"alg":"HS256","kid":"a"}', '{"alg":"HS256","kid":1}', '{"alg":"HS256","crit":["exp"]}', "[]"],
    ...['{"alg":"HS256","crit":[]}', '{"alg":"HS256","b64":false}', '{"alg":"HS256","b64":true}', "null"],
    ...[
      '{"alg":"HS256","jku":"https://example.com"}',
      '{"alg":"HS256","jwk":{"kty":"oct","k":"eA"}}',
      '"HS256"',
    ],
    ...['{"alg":"HS256","zip":"DEF"}', '{"alg":"HS256","x":NaN}', '{"alg":"hs256"}', '{"alg":"HS256"', ""],
  ]);
}

interface MintedCase {
  settings: SimpleJwt;
  now: number;
  refresh: string;
}

compare<MintedCase>("access tokens are minted from refresh tokens with the same claims", {
  async generate(random) {
    const settings: SimpleJwt = {
      ...tokenSettings(random),
      ...algorithmSettings(random, random.pick(["HS256", "HS512", "EdDSA", "RS256"])),
      BLACKLIST_APP: false,
    };
    const now = momentOf(random);
    const tokens = tokensAt(settings, now - 0.25);
    const made = tokens.create("refresh", 3600);
    const claims = made.claims.withAll(
      TokenClaims.fromText(objectText(random))!,
      new Set(["exp", "iat", "jti"]),
    );
    return { settings, now, refresh: await tokens.sign({ ...made, claims }) };
  },
  ask: ({ settings, now, refresh }) => [
    { op: "token.access", args: { refresh }, ...conditionsOf(settings, now) },
  ],
  async check({ settings, now, refresh }, [theirs]) {
    if (refresh.length > MAX_LENGTH) return;
    const tokens = tokensAt(settings, now);
    const verified = await tokens.verify(refresh, "refresh");
    assert.ok("token" in verified, JSON.stringify(verified));
    const mine = tokens.accessFrom(verified.token).claims;
    assert.equal(sameId(mine, settings).text, sameId(TokenClaims.fromText(jsonOf(theirs))!, settings).text);
  },
});

function jsonOf(answer: Answer | undefined): string {
  return ok<{ json: string }>(answer).json;
}
