/** Tokens whose signature was found valid: a bounded memory of their claims, by a hash of the token. */

import { hashText } from "../../crypto/hmac.ts";
import { createMarks } from "../../internal/marks.ts";
import { createTextMemo } from "../../internal/text_memo.ts";
import type { TokenClaims } from "../claims/claims.ts";
import { type ValidTime, validTime } from "../claims/claim_rules.ts";
import type { CompactToken } from "./compact.ts";

/** How many tokens are kept at least, at most twice as many. */
const GENERATION = 2048;
/** At most so many tokens are known to have come, for each one that is kept. */
const MARKS = 4;
/** Characters at the end of a token, of its signature, that tell it from others. */
const MARKED_LENGTH = 12;

/** What a token says that was verified, and between which moments it may be believed. */
export interface VerifiedClaims extends ValidTime {
  readonly claims: TokenClaims;
}

/** A bounded memory; see {@link createVerifiedMemory}. */
export interface VerifiedMemory {
  /** The claims of a token that was verified. */
  get(token: CompactToken): VerifiedClaims | undefined;
  /** Keeps them where the token came before: what comes once neither costs a hash nor pushes anything out. */
  offer(token: CompactToken, claims: TokenClaims, leeway: number): void;
}

/**
 * Makes a memory. It holds hashes, so that no memory is full of tokens that still open something; and none that anybody
 * can find a second token for, since what is found here is believed without its signature.
 */
export function createVerifiedMemory(generation: number = GENERATION): VerifiedMemory {
  const claimsOf = createTextMemo<VerifiedClaims>({ entries: generation });
  const cameOnce = createMarks(generation * MARKS);
  return {
    get: (token) => cameOnce.has(markOf(token)) ? claimsOf.get(keyOf(token)) : undefined,
    offer(token, claims, leeway) {
      if (!cameOnce.hasSeen(markOf(token))) return;
      claimsOf.set(keyOf(token), { claims, ...validTime(claims, leeway) });
    },
  };
}

function markOf({ text }: CompactToken): number {
  let mark = 0;
  for (let index = text.length - MARKED_LENGTH; index < text.length; index++) {
    mark = (Math.imul(mark, 31) + text.charCodeAt(index)) | 0;
  }
  return mark;
}

/** In hex, which the runtimes make without a detour. */
function keyOf({ text }: CompactToken): string {
  return hashText("sha256", text, "hex");
}
