/** A bounded memory of tokens with a valid signature and of their claims. */

import { equalFrom } from "../../internal/bytes.ts";
import { createTextMemo } from "../../internal/text_memo.ts";
import type { TokenClaims } from "../claims/claims.ts";
import { type ValidTime, validTime } from "../claims/claim_rules.ts";

/** Characters at the end of a token, all of its signature: 128 bits in base64url, of the shortest signature's 256. */
const CONSTANT_TIME_CHARACTERS = 22;

/** The claims of a token with a valid signature. */
export interface SignedClaims {
  readonly claims: TokenClaims;
  /** The type for which all other rules were found to hold, which cannot change; `null` until that was checked. */
  usableAs: string | null;
}

/** The claims of a verified token, and the time in which they may be trusted. */
export interface VerifiedClaims extends SignedClaims, ValidTime {}

/** A bounded memory; see {@link createVerifiedMemory}. */
export interface VerifiedMemory {
  /** Returns the claims of a token that was verified. */
  get(text: string): VerifiedClaims | undefined;
  /** Keeps claims if the token was offered before: a token that comes only once evicts nothing. */
  offer(text: string, claims: TokenClaims, leeway: number): void;
}

/**
 * Creates a memory. It finds a token by a few characters and then compares all of it: a collision-resistant hash would
 * take as long as the HMAC that is saved.
 */
export function createVerifiedMemory(): VerifiedMemory {
  const claimsOf = createTextMemo<VerifiedClaims>({ isSame: isSameToken });
  return {
    get: claimsOf.get,
    offer: (text, claims, leeway) =>
      // The claims are a part of the token, and take up memory once more.
      claimsOf.offer(text, () => ({ claims, usableAs: null, ...validTime(claims, leeway) }), text.length),
  };
}

/**
 * Compares the end of the signature first, in constant time: an attacker who knows the signed claims must not find the
 * signature character by character, and cannot guess the 128 bits that precede any other comparison.
 */
function isSameToken(kept: string, text: string): boolean {
  return equalFrom(kept, text, kept.length - CONSTANT_TIME_CHARACTERS) && kept === text;
}
