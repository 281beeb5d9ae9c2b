/** A fingerprint of a string, by which to tell whether it has changed without keeping it. */

/**
 * Computes 53 bits that depend on every character. Collisions do not happen by chance, but can be constructed: equal
 * fingerprints must never lead to trust in a string that was not trusted already.
 */
export function textFingerprint(text: string): number {
  let [low, high] = [text.length, 0x2545f491];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x85ebca6b);
    low ^= low >>> 13;
    high = Math.imul(high + code, 0x9e3779b1);
    high ^= high >>> 15;
  }
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}
