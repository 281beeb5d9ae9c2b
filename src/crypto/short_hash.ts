/** The short hash by which the feed names sessions and tokens; see `internal/feed_message.ts`. */

import { HASH_DIGITS } from "../internal/feed_message.ts";
import { hashText } from "./hmac.ts";

/**
 * Returns the first 48 bits of a string's SHA-256 as a number. Enough to find a string among those of a node, though
 * two may collide; a string with the entropy of a key cannot be recovered from it.
 */
export function shortHash(text: string): number {
  return parseInt(hashText("sha256", text, "hex").slice(0, HASH_DIGITS), 16);
}
