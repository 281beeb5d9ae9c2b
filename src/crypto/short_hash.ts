/** The short hash by which the feed names sessions and tokens; what it is good for is in `internal/feed_message.ts`. */

import { HASH_DIGITS } from "../internal/feed_message.ts";
import { hashText } from "./hmac.ts";

/**
 * The first 48 bits of the SHA-256 of a text, as a number. Enough to find one among those that a node holds; two
 * texts may share one, and nobody can find the text by it that has the entropy of a key.
 */
export function shortHash(text: string): number {
  return parseInt(hashText("sha256", text, "hex").slice(0, HASH_DIGITS), 16);
}
