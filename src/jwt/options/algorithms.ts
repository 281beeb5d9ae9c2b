/** The JWS algorithms for tokens, and the table of what is known about each. */

import type { HashAlgorithm } from "../../crypto/hmac.ts";

/** The configurable algorithms, by their names in RFC 7518 and RFC 8037. */
export type JwtAlgorithm =
  | "HS256"
  | "HS384"
  | "HS512"
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA";

/** The properties of an algorithm. */
export interface AlgorithmEntry {
  /** Its name in a token's header. */
  readonly name: JwtAlgorithm;
  /** The hash of HMAC; `null` for algorithms with key pairs. */
  readonly hash: HashAlgorithm | null;
  /** What `node:crypto` calls the type of its keys. */
  readonly keyType: "rsa" | "ec" | "ed25519" | null;
  /** What `node:crypto` calls the curve of its keys. */
  readonly curve: string | null;
}

/** The minimum modulus length of an RSA key, which `jose` and RFC 7518 require. */
export const MIN_RSA_BITS = 2048;

function hmac(name: JwtAlgorithm, hash: HashAlgorithm): AlgorithmEntry {
  return { name, hash, keyType: null, curve: null };
}

function rsa(name: JwtAlgorithm): AlgorithmEntry {
  return { name, hash: null, keyType: "rsa", curve: null };
}

function ecdsa(name: JwtAlgorithm, curve: string): AlgorithmEntry {
  return { name, hash: null, keyType: "ec", curve };
}

/** Every algorithm by its name. */
export const JWT_ALGORITHMS: Readonly<Record<JwtAlgorithm, AlgorithmEntry>> = {
  HS256: hmac("HS256", "sha256"),
  HS384: hmac("HS384", "sha384"),
  HS512: hmac("HS512", "sha512"),
  RS256: rsa("RS256"),
  RS384: rsa("RS384"),
  RS512: rsa("RS512"),
  PS256: rsa("PS256"),
  PS384: rsa("PS384"),
  PS512: rsa("PS512"),
  ES256: ecdsa("ES256", "prime256v1"),
  ES384: ecdsa("ES384", "secp384r1"),
  ES512: ecdsa("ES512", "secp521r1"),
  EdDSA: { name: "EdDSA", hash: null, keyType: "ed25519", curve: null },
};
