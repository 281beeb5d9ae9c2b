/** Reads the body of a request or response up to a limit, whatever its content. */

/** The bytes allocated at first; doubled whenever they are full. */
const INITIAL_BYTES = 1024;

/**
 * Reads a body; returns `"too_large"` if it has more than `limit` bytes, and `"broken_off"` if the other side aborts
 * midway.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | "too_large" | "broken_off"> {
  let kept = new Uint8Array(Math.min(INITIAL_BYTES, limit));
  let size = 0;
  const reader = body?.getReader();
  while (reader !== undefined) {
    const chunk = await reader.read().catch(() => null);
    if (chunk === null) return "broken_off";
    if (chunk.done) break;
    const end = size + chunk.value.byteLength;
    if (end > limit) {
      // Not awaited: the rest of the body is no longer our concern.
      reader.cancel().catch(() => {});
      return "too_large";
    }
    // Copied so that the chunk can be freed: on Deno each one occupies 64 KB, even if it holds a single byte, and the
    // client chooses how many there are.
    if (end > kept.length) kept = grown(kept, Math.min(Math.max(end, kept.length * 2), limit));
    kept.set(chunk.value, size);
    size = end;
  }
  return kept.slice(0, size);
}

function grown(kept: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(kept);
  return larger;
}
