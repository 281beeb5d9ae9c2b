/** Tokens whose signature was found valid: a bounded memory of their claims, by a hash of the token. */

import { hashText } from "../../crypto/hmac.ts";
import { createTextMemo } from "../../internal/text_memo.ts";
import type { TokenClaims } from "../claims/claims.ts";
import type { CompactToken } from "./compact.ts";

/** How many tokens are kept at least, at most twice as many. */
const GENERATION = 2048;
/** How many tokens are known to have come once, for each one that is kept. */
const MARKS = 4;
/** Characters of a signature that tell it from others. */
const MARKED_LENGTH = 12;

/** A bounded memory; see {@link createVerifiedMemory}. */
export interface VerifiedMemory {
  /** The claims of a token that was verified. */
  get(token: CompactToken): TokenClaims | undefined;
  /** Keeps them where the token came before: what comes once neither costs a hash nor pushes anything out. */
  offer(token: CompactToken, claims: TokenClaims): void;
}

/**
 * Makes a memory. It holds hashes, so that no memory is full of tokens that still open something; and none that anybody
 * can find a second token for, since what is found here is believed without its signature.
 */
export function createVerifiedMemory(generation: number = GENERATION): VerifiedMemory {
  const claimsOf = createTextMemo<TokenClaims>(generation);
  const cameOnce = new Set<string>();
  const markOf = ({ signature }: CompactToken): string => signature.slice(-MARKED_LENGTH);
  const keyOf = ({ signed, signature }: CompactToken): string => hashText("sha256", `${signed}.${signature}`);
  return {
    get: (token) => cameOnce.has(markOf(token)) ? claimsOf.get(keyOf(token)) : undefined,
    offer(token, claims) {
      const mark = markOf(token);
      if (cameOnce.has(mark)) return claimsOf.set(keyOf(token), claims);
      // Whoever comes again starts anew; what is forgotten here is verified once more.
      if (cameOnce.size >= generation * MARKS) cameOnce.clear();
      cameOnce.add(mark);
    },
  };
}
