/** Tokens whose signature was found valid: a bounded memory of their claims, by a hash of the token. */

import { hashText } from "../../crypto/hmac.ts";
import { createTextMemo } from "../../internal/text_memo.ts";
import type { TokenClaims } from "../claims/claims.ts";
import type { CompactToken } from "./compact.ts";

/** How many tokens are kept at least, at most twice as many. */
const GENERATION = 2048;
/** At most so many tokens are known to have come, for each one that is kept. */
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
  const claimsOf = createTextMemo<TokenClaims>({ entries: generation });
  // In generations as well: a crowd that comes once forgets no mark of a token that keeps coming.
  const cameOnce = createTextMemo<true>({ entries: generation * MARKS / 2 });
  const markOf = ({ signature }: CompactToken): string => signature.slice(-MARKED_LENGTH);
  const keyOf = ({ signed, signature }: CompactToken): string => hashText("sha256", `${signed}.${signature}`);
  return {
    get: (token) => cameOnce.get(markOf(token)) === undefined ? undefined : claimsOf.get(keyOf(token)),
    offer(token, claims) {
      const mark = markOf(token);
      if (cameOnce.get(mark) === undefined) cameOnce.set(mark, true);
      else claimsOf.set(keyOf(token), claims);
    },
  };
}
