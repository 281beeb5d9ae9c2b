/** Tokens whose signature was found valid: a bounded memory of their claims, by a hash of the token. */

import { hashText } from "../../crypto/hmac.ts";
import { createTextMemo } from "../../internal/text_memo.ts";
import type { TokenClaims } from "../claims/claims.ts";
import { type ValidTime, validTime } from "../claims/claim_rules.ts";

/** How many tokens are kept at least, at most twice as many. */
const ENTRIES = 2048;

/** What a token says that was verified, and between which moments it may be believed. */
export interface VerifiedClaims extends ValidTime {
  readonly claims: TokenClaims;
}

/** A bounded memory; see {@link createVerifiedMemory}. */
export interface VerifiedMemory {
  /** The claims of a token that was verified. */
  get(text: string): VerifiedClaims | undefined;
  /** Keeps them where the token came before: what comes once neither costs a hash nor pushes anything out. */
  offer(text: string, claims: TokenClaims, leeway: number): void;
}

/**
 * Makes a memory. It holds hashes, so that no memory is full of tokens that still open something; and none that anybody
 * can find a second token for, since what is found here is believed without its signature.
 */
export function createVerifiedMemory(): VerifiedMemory {
  const claimsOf = createTextMemo<VerifiedClaims>({ entries: ENTRIES, keyOf });
  return {
    get: claimsOf.get,
    offer: (text, claims, leeway) => claimsOf.offer(text, () => ({ claims, ...validTime(claims, leeway) })),
  };
}

/** In hex, which the runtimes make without a detour. */
function keyOf(text: string): string {
  return hashText("sha256", text, "hex");
}
