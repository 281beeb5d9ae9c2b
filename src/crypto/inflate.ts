/**
 * The zlib format, as in Python's `zlib.compress` and `zlib.decompress`. By `node:zlib` where the runtime has it (an
 * order of magnitude faster on a session), else by fflate.
 */

import { Unzlib, zlibSync } from "fflate";
import { builtinModule } from "../internal/builtin.ts";
import { concatBytes, plainBytes } from "../internal/bytes.ts";

/** The slice of `node:zlib` in use. */
interface NodeZlib {
  inflateSync(bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }): Uint8Array;
  deflateSync(bytes: Uint8Array): Uint8Array;
}

/** DEFLATE expands at most 1032 times, so a piece of this size yields about 1 MiB before the next check. */
const PIECE_BYTES = 1024;

/** The output that `node:zlib` allocates at a time: its default of 16 KiB is nearly all of the work on a session. */
const MIN_CHUNK_BYTES = 1024;
const MAX_CHUNK_BYTES = 64 * 1024;

/** Looked up once, at first use; `null` if there is none. */
let found: NodeZlib | null | undefined;

/**
 * Decompresses bytes; returns `null` if they are not zlib data or the result would exceed `ceiling` bytes.
 *
 * The ceiling is enforced while inflating, so that a small input cannot exhaust the memory (a "zip bomb").
 */
export function inflate(bytes: Uint8Array, ceiling: number): Uint8Array | null {
  const zlib = nodeZlib();
  if (zlib === null) return inflatePortably(bytes, ceiling);
  try {
    const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, bytes.length * 4));
    // The option must be at least 1, so a ceiling of 0 is checked below.
    const inflated = zlib.inflateSync(bytes, { maxOutputLength: Math.max(ceiling, 1), chunkSize });
    return inflated.length > ceiling ? null : plainBytes(inflated);
  } catch {
    return null;
  }
}

/** Compresses bytes. The output differs from Python's, but any zlib reads it. */
export function deflate(bytes: Uint8Array): Uint8Array {
  const zlib = nodeZlib();
  return zlib === null ? zlibSync(bytes) : plainBytes(zlib.deflateSync(bytes));
}

/** Decompresses as {@link inflate} does, without `node:zlib`. */
export function inflatePortably(bytes: Uint8Array, ceiling: number): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Unzlib((piece) => {
    length += piece.length;
    pieces.push(piece);
  });
  try {
    for (let start = 0; start === 0 || start < bytes.length; start += PIECE_BYTES) {
      stream.push(bytes.subarray(start, start + PIECE_BYTES), start + PIECE_BYTES >= bytes.length);
      if (length > ceiling) return null;
    }
  } catch {
    return null;
  }
  const whole = concatBytes(...pieces);
  // fflate does not verify the checksum, without which some truncated data would pass.
  const checksum = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.length - 4);
  return checksum === adler32(whole) ? whole : null;
}

/** Computes the checksum at the end of the zlib format (RFC 1950). */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

function nodeZlib(): NodeZlib | null {
  if (found === undefined) found = (builtinModule("node:zlib") as NodeZlib | undefined) ?? null;
  return found;
}
