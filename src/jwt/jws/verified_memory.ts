/** Tokens whose signature was found valid: a bounded memory of their claims. */

import { endEqually } from "../../internal/bytes.ts";
import { createTextMemo } from "../../internal/text_memo.ts";
import type { TokenClaims } from "../claims/claims.ts";
import { type ValidTime, validTime } from "../claims/claim_rules.ts";

/** Letters at the end of a token, all of its signature's: 128 bits in base64url, of the 256 that the shortest one has. */
const GUARDED = 22;

/** What a token says whose signature is right. */
export interface SignedClaims {
  readonly claims: TokenClaims;
  /** The use for which all else about them was found right, which does not change either; `null` until somebody has looked. */
  usableAs: string | null;
}

/** What a token says that was verified, and between which moments it may be believed. */
export interface VerifiedClaims extends SignedClaims, ValidTime {}

/** A bounded memory; see {@link createVerifiedMemory}. */
export interface VerifiedMemory {
  /** The claims of a token that was verified. */
  get(text: string): VerifiedClaims | undefined;
  /** Keeps them where the token came before: what comes once pushes nothing out. */
  offer(text: string, claims: TokenClaims, leeway: number): void;
}

/**
 * Makes a memory. It finds a token by a few letters and then compares all of it: a hash that nobody can find a second token for
 * would take as long as the HMAC that is spared.
 */
export function createVerifiedMemory(): VerifiedMemory {
  const claimsOf = createTextMemo<VerifiedClaims>({ isSame: isSameToken });
  return {
    get: claimsOf.get,
    offer: (text, claims, leeway) =>
      // The claims are a part of the text, and lie in memory once more.
      claimsOf.offer(text, () => ({ claims, usableAs: null, ...validTime(claims, leeway) }), text.length),
  };
}

/**
 * The end of the signature first, in constant time: whoever knows what was signed must not find it letter by letter, and nobody
 * gets beyond 128 bits of it by guessing.
 */
function isSameToken(kept: string, text: string): boolean {
  return endEqually(kept, text, kept.length - GUARDED) && kept === text;
}
