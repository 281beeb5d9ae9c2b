/** Verifies tokens for a type, in simplejwt's order. The only I/O is through the port of the blacklist. */

import type { Clock } from "../../types.ts";
import type { ClaimsVerification, TokenBackend } from "../jws/backend.ts";
import type { TokenBlacklist } from "./blacklist.ts";
import { type TokenRefusal, tokenRefusal } from "../claims/refusals.ts";
import type { JwtSettings } from "../options/settings.ts";
import { isJtiShape } from "./store.ts";
import { type AnyTokenType, isListedType, type Token } from "./token.ts";
import { tokenFault } from "./token_rules.ts";

/** A valid token, or why it is refused. */
export type TokenVerification = { readonly token: Token } | TokenRefusal;

/** A token with a valid signature and valid times, and what else is wrong with it. */
export interface ExaminedToken {
  readonly token: Token;
  readonly isBlacklisted: boolean;
  readonly fault: TokenRefusal | null;
}

/** The result of examining a string. */
export type Examination = ExaminedToken | TokenRefusal;

/** The dependencies of {@link createExaminer}. */
export interface ExaminerOptions {
  readonly backend: TokenBackend;
  readonly blacklist: TokenBlacklist;
  readonly settings: Pick<JwtSettings, "leeway" | "tokenTypeClaim" | "jtiClaim">;
  /** Whether there is a store for a blacklist at all. */
  readonly hasStore: boolean;
  readonly clock: Clock;
}

/** Creates the function that examines tokens; it is synchronous wherever it need not wait. */
export function createExaminer(
  { backend, blacklist, settings, hasStore, clock }: ExaminerOptions,
): (text: unknown, type: AnyTokenType) => Examination | Promise<Examination> {
  async function examineListed(token: Token, fault: TokenRefusal | null): Promise<Examination> {
    const { jtiClaim } = settings;
    const hasOddId = jtiClaim !== null && token.claims.has(jtiClaim) &&
      !isJtiShape(token.claims.get(jtiClaim));
    // It could never be blacklisted, and so not be ended early.
    if (hasOddId && await blacklist.isBlacklistInstalled()) return tokenRefusal("token_malformed");
    return { token, fault, isBlacklisted: await blacklist.isBlacklisted(token) };
  }

  function judge(
    text: unknown,
    verified: ClaimsVerification,
    type: AnyTokenType,
    currentTime: number,
  ): Examination | Promise<Examination> {
    if ("code" in verified) return tokenRefusal(verified.code);
    const token: Token = { type, claims: verified.claims, currentTime, text: String(text) };
    // The claims of a token that comes repeatedly are checked once for each type.
    const fault = verified.usableAs === type ? null : tokenFault(token.claims, type, settings);
    if (fault === null) verified.usableAs = type;
    // Access tokens are never looked up: they are meant to cost no query, and expire soon.
    const isListed = hasStore && isListedType(type);
    return isListed ? examineListed(token, fault) : { token, fault, isBlacklisted: false };
  }

  return (text, type) => {
    // Read once, first of all, as in simplejwt.
    const currentTime = clock.now();
    const verified = backend.verify(text, currentTime);
    return verified instanceof Promise
      ? verified.then((it) => judge(text, it, type, currentTime))
      : judge(text, verified, type, currentTime);
  };
}

/** Returns the verdict on an examined token. */
export function verdict(examined: Examination): TokenVerification {
  if ("code" in examined) return examined;
  // Before the other rules, as in simplejwt: a blacklisted token of the wrong type is refused as blacklisted.
  if (examined.isBlacklisted) return tokenRefusal("token_blacklisted");
  return examined.fault ?? { token: examined.token };
}
