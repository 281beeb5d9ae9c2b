/** The verification of a token for one use, in simplejwt's order. No I/O but through the port of the blacklist. */

import type { Clock } from "../../types.ts";
import type { ClaimsVerification, TokenBackend } from "../jws/backend.ts";
import type { TokenBlacklist } from "./blacklist.ts";
import { refusal, type TokenRefusal } from "../claims/refusals.ts";
import type { JwtSettings } from "../options/settings.ts";
import { isJtiShape } from "./store.ts";
import { type AnyTokenType, isListedType, type Token } from "./token.ts";
import { tokenFault } from "./token_rules.ts";

/** A token that may be used, or why it may not. */
export type TokenVerification = { readonly token: Token } | TokenRefusal;

/** A token whose signature and times are right, and what else is wrong with it. */
export interface ExaminedToken {
  readonly token: Token;
  readonly isBlacklisted: boolean;
  readonly fault: TokenRefusal | null;
}

/** What was found out about a text. */
export type Examination = ExaminedToken | TokenRefusal;

/** The dependencies of {@link createExaminer}. */
export interface ExaminerOptions {
  readonly backend: TokenBackend;
  readonly blacklist: TokenBlacklist;
  readonly settings: Pick<JwtSettings, "leeway" | "tokenTypeClaim" | "jtiClaim">;
  /** Whether there is a blacklist at all. */
  readonly hasStore: boolean;
  readonly clock: Clock;
}

/** Makes the function that examines tokens; synchronous wherever nothing has to be waited for. */
export function createExaminer(
  { backend, blacklist, settings, hasStore, clock }: ExaminerOptions,
): (text: unknown, type: AnyTokenType) => Examination | Promise<Examination> {
  async function examineListed(token: Token, fault: TokenRefusal | null): Promise<Examination> {
    const { jtiClaim } = settings;
    const hasOddId = jtiClaim !== null && token.claims.has(jtiClaim) &&
      !isJtiShape(token.claims.get(jtiClaim));
    // It could never be blacklisted, and so never end before its time.
    if (hasOddId && await blacklist.isBlacklistInstalled()) return refusal("token_malformed");
    return { token, fault, isBlacklisted: await blacklist.isBlacklisted(token) };
  }

  function judge(
    text: unknown,
    verified: ClaimsVerification,
    type: AnyTokenType,
    currentTime: number,
  ): Examination | Promise<Examination> {
    if ("code" in verified) return refusal(verified.code);
    const token: Token = { type, claims: verified.claims, currentTime, text: String(text) };
    // A token that comes again and again has its claims looked at once for each use.
    const fault = verified.usableAs === type ? null : tokenFault(token.claims, type, settings);
    if (fault === null) verified.usableAs = type;
    // Access tokens are never asked about: they are meant to cost no query, and end soon.
    const isListed = hasStore && isListedType(type);
    return isListed ? examineListed(token, fault) : { token, fault, isBlacklisted: false };
  }

  return (text, type) => {
    // Read once, before all else, as in simplejwt.
    const currentTime = clock.now();
    const verified = backend.verify(text, currentTime);
    return verified instanceof Promise
      ? verified.then((it) => judge(text, it, type, currentTime))
      : judge(text, verified, type, currentTime);
  };
}

/** The verdict on an examined token. */
export function verdict(examined: Examination): TokenVerification {
  if ("code" in examined) return examined;
  // Before the other rules, as in simplejwt: what is blacklisted and of the wrong type is called blacklisted.
  if (examined.isBlacklisted) return refusal("token_blacklisted");
  return examined.fault ?? { token: examined.token };
}
