/**
 * The rules for the registered claims `iat`, `nbf`, `exp`, `iss`, `aud`, `sub` and `jti`, in PyJWT's order. simplejwt's
 * further rules are in `tokens/token_rules.ts`.
 */

import type { TokenClaims } from "./claims.ts";
import type { TokenRefusalCode } from "./refusals.ts";

/** The settings that claims are checked against. */
export interface ClaimRules {
  readonly leeway: number;
  readonly audience: string | readonly string[] | null;
  readonly issuer: string | null;
}

/**
 * Returns why claims are refused at a time, or `null`. Mirrors `PyJWT._validate_claims`, except for times: PyJWT
 * accepts `true` and numeric strings, with which simplejwt then crashes; here they are malformed.
 *
 * @param now seconds since the epoch
 */
export function claimFault(claims: TokenClaims, rules: ClaimRules, now: number): TokenRefusalCode | null {
  return timeFault(claims, rules.leeway, now) ??
    issuerFault(claims, rules.issuer) ??
    audienceFault(claims, rules.audience) ??
    (isStringOrAbsent(claims, "sub") && isStringOrAbsent(claims, "jti") ? null : "token_malformed");
}

/** The time in which currently valid claims are valid, in seconds since the epoch; excludes its end. */
export interface ValidTime {
  readonly from: number;
  readonly until: number;
}

/** Returns the time in which claims that pass {@link claimFault} are valid: nothing else about them can change. */
export function validTime(claims: TokenClaims, leeway: number): ValidTime {
  const timeOf = (name: string): number | null => claims.has(name) ? secondsIn(claims, name) : null;
  const begins = Math.max(timeOf("iat") ?? -Infinity, timeOf("nbf") ?? -Infinity);
  return { from: begins - leeway, until: (timeOf("exp") ?? Infinity) + leeway };
}

/** Returns when claims that pass {@link claimFault} expire, in seconds since the epoch. */
export function expiryOf(claims: TokenClaims): number {
  return secondsIn(claims, "exp");
}

function secondsIn(claims: TokenClaims, name: string): number {
  return Number(wholeSeconds(claims.get(name)));
}

/** Truncates a time to whole seconds, as Python's `int()` does; `null` for any other value. */
export function wholeSeconds(value: unknown): number | bigint | null {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : null;
}

function timeFault(claims: TokenClaims, leeway: number, now: number): TokenRefusalCode | null {
  const early = beginFault(claims, "iat", now + leeway) ?? beginFault(claims, "nbf", now + leeway);
  if (early !== null || !claims.has("exp")) return early;
  const exp = wholeSeconds(claims.get("exp"));
  if (exp === null) return "token_malformed";
  return exp <= now - leeway ? "token_expired" : null;
}

function beginFault(claims: TokenClaims, name: "iat" | "nbf", latest: number): TokenRefusalCode | null {
  if (!claims.has(name)) return null;
  const time = wholeSeconds(claims.get(name));
  if (time === null) return "token_malformed";
  return time > latest ? "token_not_yet_valid" : null;
}

function issuerFault(claims: TokenClaims, issuer: string | null): TokenRefusalCode | null {
  return issuer === null || claims.get("iss") === issuer ? null : "token_wrong_issuer";
}

function audienceFault(claims: TokenClaims, audience: ClaimRules["audience"]): TokenRefusalCode | null {
  if (audience === null) return null;
  const claim = claims.get("aud");
  const named = Array.isArray(claim) ? claim : [claim];
  const wanted = typeof audience === "string" ? [audience] : audience;
  const isMeant = named.every((name) => typeof name === "string") &&
    wanted.some((name) => named.includes(name));
  return isMeant ? null : "token_wrong_audience";
}

function isStringOrAbsent(claims: TokenClaims, name: string): boolean {
  return !claims.has(name) || typeof claims.get(name) === "string";
}
