/** The short hash by which the feed names sessions and tokens; what it is good for is in `internal/feed_message.ts`. */

import { utf8 } from "../internal/bytes.ts";
import { hash } from "./hmac.ts";

/**
 * The first 48 bits of the SHA-256 of a text, as a number. Enough to find one among those that a node holds; two
 * texts may share one, and nobody can find the text by it that has the entropy of a key.
 */
export function shortHash(text: string): number {
  const digest = hash("sha256", utf8(text));
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}
