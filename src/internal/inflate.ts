/**
 * zlib's format, as `zlib.compress` and `zlib.decompress` of Python. By `node:zlib` where the runtime has it (an order
 * of magnitude faster on a session), else by fflate.
 */

import { Unzlib, zlibSync } from "fflate";
import { builtinModule } from "./builtin.ts";
import { concatBytes } from "./bytes.ts";

/** The slice of `node:zlib` in use. */
interface NodeZlib {
  inflateSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
  deflateSync(bytes: Uint8Array): Uint8Array;
}

/** DEFLATE expands at most 1032 times, so a piece of this many bytes gives about 1 MiB before the next check. */
const PIECE = 1024;

let zlib: NodeZlib | null | undefined;

/**
 * The decompressed bytes, or `null` if they are no zlib data or would be more than `ceiling` bytes.
 *
 * The ceiling is looked at while inflating, so that a small text cannot fill the memory (a "zip bomb").
 */
export function inflate(bytes: Uint8Array, ceiling: number): Uint8Array | null {
  zlib ??= (builtinModule("node:zlib") as NodeZlib | undefined) ?? null;
  try {
    return zlib === null ? inflatePortably(bytes, ceiling) : plain(
      zlib.inflateSync(bytes, { maxOutputLength: Math.max(ceiling, 1) }),
      ceiling,
    );
  } catch {
    return null;
  }
}

/** The compressed bytes. Other bytes than Python's, which any zlib reads. */
export function deflate(bytes: Uint8Array): Uint8Array {
  zlib ??= (builtinModule("node:zlib") as NodeZlib | undefined) ?? null;
  return zlib === null ? zlibSync(bytes) : plain(zlib.deflateSync(bytes), Infinity)!;
}

/** {@link inflate} without `node:zlib`. The checksum at the end is not compared: what comes here is signed. */
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
  return concatBytes(...pieces);
}

/** A Buffer as the Uint8Array that it is, so that callers see the same class on every runtime. */
function plain(bytes: Uint8Array, ceiling: number): Uint8Array | null {
  if (bytes.length > ceiling) return null;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
