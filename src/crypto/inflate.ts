/**
 * zlib's format, as `zlib.compress` and `zlib.decompress` of Python. By `node:zlib` where the runtime has it (an order
 * of magnitude faster on a session), else by fflate.
 */

import { Unzlib, zlibSync } from "fflate";
import { builtinModule } from "../internal/builtin.ts";
import { concatBytes, plainBytes } from "../internal/bytes.ts";

/** The slice of `node:zlib` in use. */
interface NodeZlib {
  inflateSync(bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }): Uint8Array;
  deflateSync(bytes: Uint8Array): Uint8Array;
}

/** DEFLATE expands at most 1032 times, so a piece of this many bytes gives about 1 MiB before the next check. */
const PIECE = 1024;

/** Bytes of output that `node:zlib` makes room for at a time: its own 16 KiB are nearly all of the work on a session. */
const SMALLEST_CHUNK = 1024;
const LARGEST_CHUNK = 64 * 1024;

/** Asked for once, at first use; `null` where there is none. */
let found: NodeZlib | null | undefined;

/**
 * The decompressed bytes, or `null` if they are no zlib data or would be more than `ceiling` bytes.
 *
 * The ceiling is looked at while inflating, so that a small text cannot fill the memory (a "zip bomb").
 */
export function inflate(bytes: Uint8Array, ceiling: number): Uint8Array | null {
  const zlib = nodeZlib();
  if (zlib === null) return inflatePortably(bytes, ceiling);
  try {
    const chunkSize = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, bytes.length * 4));
    // The option must be at least 1, so a ceiling of 0 is looked at again.
    const inflated = zlib.inflateSync(bytes, { maxOutputLength: Math.max(ceiling, 1), chunkSize });
    return inflated.length > ceiling ? null : plainBytes(inflated);
  } catch {
    return null;
  }
}

/** The compressed bytes. Other bytes than Python's, which any zlib reads. */
export function deflate(bytes: Uint8Array): Uint8Array {
  const zlib = nodeZlib();
  return zlib === null ? zlibSync(bytes) : plainBytes(zlib.deflateSync(bytes));
}

/** {@link inflate} without `node:zlib`. */
export function inflatePortably(bytes: Uint8Array, ceiling: number): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Unzlib((piece) => {
    length += piece.length;
    pieces.push(piece);
  });
  try {
    for (let start = 0; start === 0 || start < bytes.length; start += PIECE) {
      stream.push(bytes.subarray(start, start + PIECE), start + PIECE >= bytes.length);
      if (length > ceiling) return null;
    }
  } catch {
    return null;
  }
  const whole = concatBytes(...pieces);
  // fflate does not compare the checksum, without which some data that ends early would pass.
  const checksum = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.length - 4);
  return checksum === adler32(whole) ? whole : null;
}

/** The checksum at the end of zlib's format (RFC 1950). */
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
