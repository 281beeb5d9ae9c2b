/** Reads the body of a request or response within a bound. What it holds is not known here. */

/** Bytes that are made room for at first; twice as many whenever they are full. */
const FIRST_ROOM = 1024;

/**
 * The bytes of a body; `"too_large"` when there are more than `limit`, `"broken_off"` when the other side breaks off in the
 * middle.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | "too_large" | "broken_off"> {
  let kept = new Uint8Array(Math.min(FIRST_ROOM, limit));
  let size = 0;
  const reader = body?.getReader();
  while (reader !== undefined) {
    const chunk = await reader.read().catch(() => null);
    if (chunk === null) return "broken_off";
    if (chunk.done) break;
    const end = size + chunk.value.byteLength;
    if (end > limit) {
      // Not waited for: what comes of the rest concerns this side no more.
      reader.cancel().catch(() => {});
      return "too_large";
    }
    // Copied, and the chunk let go of: on Deno each has 64 KB to itself, also one of a single byte, and how many there are is
    // the client's choice.
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
