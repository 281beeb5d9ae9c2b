/** A number for a text, to see whether it is still the same without keeping it. */

/**
 * 53 bits that depend on every character. Two texts that were not chosen for it have different ones; whoever chooses can
 * find two that have not: nothing may be believed of a text because of its mark that was not known already.
 */
export function textMark(text: string): number {
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
