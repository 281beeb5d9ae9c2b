/** Tokens whose signature was found valid: a bounded memory of their claims. */

import { constantTimeEqual, detached } from "../../internal/bytes.ts";
import { createTextMemo } from "../../internal/text_memo.ts";
import type { TokenClaims } from "../claims/claims.ts";
import { type ValidTime, validTime } from "../claims/claim_rules.ts";

/** What a token says that was verified, and between which moments it may be believed. */
export interface VerifiedClaims extends ValidTime {
  readonly claims: TokenClaims;
  /** The one that was verified; there may be others of the same claims. */
  readonly signature: string;
}

/** A bounded memory; see {@link createVerifiedMemory}. */
export interface VerifiedMemory {
  /** The claims of a token that was verified. */
  get(text: string): VerifiedClaims | undefined;
  /** Keeps them where the token came before: what comes once pushes nothing out. */
  offer(text: string, claims: TokenClaims, leeway: number): void;
}

/**
 * Makes a memory. It finds a token by what was signed, which is no secret, and compares the signature as if it had just been
 * made: to hash the whole token first would take as long as the HMAC that is spared.
 */
export function createVerifiedMemory(): VerifiedMemory {
  const found = createTextMemo<VerifiedClaims>();
  return {
    get(text) {
      const dot = text.lastIndexOf(".");
      const known = found.get(text.slice(0, dot));
      // In constant time: whoever knows the claims of another must not find their signature letter by letter.
      return known !== undefined && constantTimeEqual(known.signature, text.slice(dot + 1)) ? known : undefined;
    },
    offer(text, claims, leeway) {
      const dot = text.lastIndexOf(".");
      found.offer(text.slice(0, dot), () => {
        const signature = detached(text.slice(dot + 1));
        return { claims, signature, ...validTime(claims, leeway) };
      }, text.length - dot, text);
    },
  };
}
