/**
 * Synchronous hashes and HMAC: by `node:crypto` where the runtime has it, else by oslo in plain JavaScript. All facts
 * about the algorithms are in one table. Django's key derivation is in `salted_hmac.ts`.
 */

import type { HashAlgorithm as PortableHash } from "@oslojs/crypto/hash";
import { hmac as portableHmac } from "@oslojs/crypto/hmac";
import { SHA1 } from "@oslojs/crypto/sha1";
import { SHA224, SHA256, SHA384, SHA512 } from "@oslojs/crypto/sha2";
import { SHA3_224, SHA3_256, SHA3_384, SHA3_512 } from "@oslojs/crypto/sha3";
import { DjauthError } from "../errors.ts";
import { builtinModule } from "../internal/builtin.ts";
import { plainBytes, toBase64Url, toHex, utf8 } from "../internal/bytes.ts";
import { Blake2b, Blake2s } from "./blake2.ts";

/** The supported hash algorithms, by their names in Python's `hashlib`. */
export type HashAlgorithm =
  | "md5"
  | "sha1"
  | "sha224"
  | "sha256"
  | "sha384"
  | "sha512"
  | "sha3_224"
  | "sha3_256"
  | "sha3_384"
  | "sha3_512"
  | "blake2b"
  | "blake2s";

/** The facts about an algorithm. */
interface Algorithm {
  /** Its name in `node:crypto`. */
  node: string;
  /** The implementation in plain JavaScript, if there is one. */
  portable: PortableHash | null;
  /** The bytes of a digest. */
  size: number;
  /** The bytes of a block. */
  block: number;
}

const ALGORITHMS: Readonly<Record<HashAlgorithm, Algorithm>> = {
  md5: { node: "md5", portable: null, size: 16, block: 64 },
  sha1: { node: "sha1", portable: SHA1, size: 20, block: 64 },
  sha224: { node: "sha224", portable: SHA224, size: 28, block: 64 },
  sha256: { node: "sha256", portable: SHA256, size: 32, block: 64 },
  sha384: { node: "sha384", portable: SHA384, size: 48, block: 128 },
  sha512: { node: "sha512", portable: SHA512, size: 64, block: 128 },
  sha3_224: { node: "sha3-224", portable: SHA3_224, size: 28, block: 144 },
  sha3_256: { node: "sha3-256", portable: SHA3_256, size: 32, block: 136 },
  sha3_384: { node: "sha3-384", portable: SHA3_384, size: 48, block: 104 },
  sha3_512: { node: "sha3-512", portable: SHA3_512, size: 64, block: 72 },
  blake2b: { node: "blake2b512", portable: Blake2b, size: 64, block: 128 },
  blake2s: { node: "blake2s256", portable: Blake2s, size: 32, block: 64 },
};

/** The implementation of one algorithm on this runtime. */
export interface Primitive {
  /** Returns the digest of bytes. */
  hash(data: Uint8Array): Uint8Array;
  /** Returns the digest of a string's UTF-8, as base64url without padding or as hex. */
  hashText(text: string, encoding: TextEncoding): string;
  /** Creates the HMAC function of a key; data given as a string means its UTF-8. */
  createHmac(key: Uint8Array): (data: Uint8Array | string) => Uint8Array;
  /** Creates the same function with base64url output, without padding. */
  createTextHmac(key: Uint8Array): (data: Uint8Array | string) => string;
}

type TextEncoding = "base64url" | "hex";

/** The slice of `node:crypto` in use. */
interface NodeCrypto {
  createHash(algorithm: string): NodeHash;
  createHmac(algorithm: string, key: Uint8Array): NodeHash;
  hash?(algorithm: string, data: string, encoding: TextEncoding): string;
}
interface NodeHash {
  update(data: Uint8Array | string): NodeHash;
  digest(): Uint8Array;
  digest(encoding: TextEncoding): string;
}

/** The slice of Bun's own module in use. */
interface BunSlice {
  CryptoHasher: new (algorithm: string, key: Uint8Array) => NodeHash & { copy(): NodeHash };
}

/** Absent from the oldest supported runtimes. */
const { fromHex } = Uint8Array as { fromHex?: (text: string) => Uint8Array };

const primitives = new Map<HashAlgorithm, Primitive>();

/**
 * Requires that a name is that of a supported algorithm, and returns it.
 *
 * @throws {DjauthError} `invalid_algorithm`
 */
export function requireAlgorithm(name: string): HashAlgorithm {
  if (Object.hasOwn(ALGORITHMS, name)) return name as HashAlgorithm;
  throw new DjauthError(
    "invalid_algorithm",
    `The hash algorithm is "${name}", expected one of ${Object.keys(ALGORITHMS).join(", ")}`,
  );
}

/** Returns the number of bytes of a digest. */
export function digestSize(algorithm: HashAlgorithm): number {
  return ALGORITHMS[algorithm].size;
}

/** Returns the digest of bytes. */
export function hash(algorithm: HashAlgorithm, data: Uint8Array): Uint8Array {
  return primitive(algorithm).hash(data);
}

/**
 * Returns the digest of a string's UTF-8, as base64url without padding by default: a lookup key that does not keep the
 * string itself.
 */
export function hashText(
  algorithm: HashAlgorithm,
  text: string,
  encoding: TextEncoding = "base64url",
): string {
  return primitive(algorithm).hashText(text, encoding);
}

/** Creates the HMAC function of a key, which is copied; data given as a string means its UTF-8. */
export function createHmac(
  algorithm: HashAlgorithm,
  key: Uint8Array,
): (data: Uint8Array | string) => Uint8Array {
  return primitive(algorithm).createHmac(key);
}

/** Creates the HMAC function of a key with base64url output, without padding: the form of signatures. */
export function createTextHmac(
  algorithm: HashAlgorithm,
  key: Uint8Array,
): (data: Uint8Array | string) => string {
  return primitive(algorithm).createTextHmac(key);
}

/** Selects the implementation once per algorithm, at first use: importing this module has no side effects. */
function primitive(algorithm: HashAlgorithm): Primitive {
  let found = primitives.get(algorithm);
  if (found === undefined) {
    found = nativePrimitive(algorithm) ?? portablePrimitive(algorithm);
    primitives.set(algorithm, found);
  }
  return found;
}

/**
 * Creates the primitive from `node:crypto`, 3 to 11 times as fast as plain JavaScript; `null` if that lacks the
 * algorithm.
 */
function nativePrimitive(algorithm: HashAlgorithm): Primitive | null {
  const crypto = builtinModule("node:crypto") as NodeCrypto | undefined;
  if (crypto === undefined) return null;
  const name = ALGORITHMS[algorithm].node;
  try {
    crypto.createHash(name);
  } catch {
    return null;
  }
  const digest = (first: Uint8Array, second?: Uint8Array | string): Uint8Array => {
    const state = crypto.createHash(name).update(first);
    const whole = second === undefined ? state : state.update(second);
    // Through hex, if there is a decoder: Deno takes longer to create a Buffer than to compute a digest.
    return fromHex === undefined ? plainBytes(whole.digest()) : fromHex.call(Uint8Array, whole.digest("hex"));
  };
  const block = ALGORITHMS[algorithm].block;
  // A single call, if the runtime is new enough, takes half the time; on Deno it takes half as long again.
  const hashInOneCall = "Deno" in globalThis ? undefined : crypto.hash;
  // RFC 2104 from two hashes: Deno's own HMAC takes twice as long, that of the other runtimes as long.
  const createHmac = (key: Uint8Array): (data: Uint8Array | string) => Uint8Array => {
    const short = key.length > block ? digest(key) : key;
    const [outer, inner] = [padded(short, block, 0x5c), padded(short, block, 0x36)];
    return (data) => digest(outer, digest(inner, data));
  };
  return {
    hash: (data) => digest(data),
    hashText: (text, encoding) =>
      hashInOneCall?.(name, text, encoding) ?? crypto.createHash(name).update(text).digest(encoding),
    createHmac,
    createTextHmac(key) {
      const begin = fastHmac(crypto, name, new Uint8Array(key));
      return begin === null
        ? inBase64Url(createHmac(key))
        : (data) => begin().update(data).digest("base64url");
    },
  };
}

/**
 * Returns a function that starts an HMAC of this key with direct base64url output; `null` where two hashes are faster,
 * as on Deno, and where the algorithm is missing: Bun's `node:crypto` supports fewer for HMAC than for hashes.
 */
function fastHmac(crypto: NodeCrypto, name: string, key: Uint8Array): (() => NodeHash) | null {
  if ("Deno" in globalThis) return null;
  const bun = builtinModule("bun") as BunSlice | undefined;
  try {
    crypto.createHmac(name, key).update("").digest("base64url");
  } catch {
    return null;
  }
  return bun === undefined ? () => crypto.createHmac(name, key) : bunHmac(bun, name, key);
}

/** Without the stream that `node:crypto` wraps around it, an HMAC takes two thirds of the time. */
function bunHmac({ CryptoHasher }: BunSlice, name: string, key: Uint8Array): () => NodeHash {
  const fresh = (): NodeHash => new CryptoHasher(name, key);
  try {
    const started = new CryptoHasher(name, key);
    // A copy does not hash the key again, which takes a quarter of the rest. Not every version of Bun can copy an HMAC.
    if (started.copy().update("").digest("hex") === fresh().update("").digest("hex")) {
      return () => started.copy();
    }
  } catch {
    // Made afresh each time, then.
  }
  return fresh;
}

function inBase64Url(
  mac: (data: Uint8Array | string) => Uint8Array,
): (data: Uint8Array | string) => string {
  return (data) => toBase64Url(mac(data));
}

/** Pads a key to a block as in RFC 2104: filled with zeros, each byte XORed. */
function padded(key: Uint8Array, block: number, pad: number): Uint8Array {
  const bytes = new Uint8Array(block).fill(pad);
  for (let index = 0; index < key.length; index++) bytes[index]! ^= key[index]!;
  return bytes;
}

/**
 * Creates the primitive in plain JavaScript, for runtimes without `node:crypto` and algorithms missing there.
 *
 * @throws {DjauthError} `invalid_algorithm` for MD5, which does not justify an implementation
 */
export function portablePrimitive(algorithm: HashAlgorithm): Primitive {
  const { portable } = ALGORITHMS[algorithm];
  if (portable === null) {
    throw new DjauthError(
      "invalid_algorithm",
      `The hash algorithm is "${algorithm}", which needs node:crypto, expected a runtime that has it`,
    );
  }
  const hash = (data: Uint8Array): Uint8Array => {
    const state = new portable();
    state.update(data);
    return state.digest();
  };
  const createHmac = (key: Uint8Array): (data: Uint8Array | string) => Uint8Array => {
    const own = key.slice();
    return (data) => portableHmac(portable, own, typeof data === "string" ? utf8(data) : data);
  };
  return {
    hash,
    hashText: (text, encoding) => (encoding === "hex" ? toHex : toBase64Url)(hash(utf8(text))),
    createHmac,
    createTextHmac: (key) => inBase64Url(createHmac(key)),
  };
}
