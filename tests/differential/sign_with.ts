/**
 * Signs any header and payload by any algorithm, with `node:crypto` alone, including tokens that djauth never writes.
 */

import { constants, createHmac, type KeyLike, sign, type SignKeyObjectInput } from "node:crypto";
import type { SimpleJwt } from "./token_settings.ts";

/** Any header and payload as a correctly signed compact token. */
export function signedWith(
  { ALGORITHM: algorithm, SIGNING_KEY: key }: SimpleJwt,
  header: string,
  payload: string,
): string {
  const signed = [header, payload].map((text) => Buffer.from(text).toString("base64url")).join(".");
  const hash = `sha${algorithm.slice(2)}`;
  const signature = algorithm.startsWith("HS")
    ? createHmac(hash, key).update(signed).digest()
    : sign(algorithm === "EdDSA" ? null : hash, Buffer.from(signed), keyFor(algorithm, key));
  return `${signed}.${signature.toString("base64url")}`;
}

function keyFor(
  algorithm: string,
  key: string,
): KeyLike | SignKeyObjectInput | { key: string; dsaEncoding: "ieee-p1363" } {
  if (algorithm.startsWith("ES")) return { key, dsaEncoding: "ieee-p1363" };
  if (!algorithm.startsWith("PS")) return key;
  return {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  } as unknown as SignKeyObjectInput;
}
