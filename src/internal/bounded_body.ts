/** Reads the body of a request or response within a bound. What it holds is not known here. */

import { concatBytes } from "./bytes.ts";

/**
 * The bytes of a body; `"too_large"` when there are more than `limit`, `"broken_off"` when the other side breaks off in the
 * middle.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | "too_large" | "broken_off"> {
  const chunks: Uint8Array[] = [];
  const reader = body?.getReader();
  for (let size = 0; reader !== undefined;) {
    const chunk = await reader.read().catch(() => null);
    if (chunk === null) return "broken_off";
    if (chunk.done) break;
    size += chunk.value.byteLength;
    if (size > limit) {
      // Not waited for: what comes of the rest concerns this side no more.
      reader.cancel().catch(() => {});
      return "too_large";
    }
    chunks.push(chunk.value);
  }
  return concatBytes(...chunks);
}
