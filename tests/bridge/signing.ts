/** Operations of the conformance bridge: signing. */

import { requireAlgorithm } from "../../src/crypto/hmac.ts";
import { saltedHmac } from "../../src/crypto/salted_hmac.ts";
import { Signer, type SignerOptions } from "../../src/crypto/signer.ts";
import { dumpsText, loadsText } from "../../src/crypto/signing.ts";
import { TimestampSigner } from "../../src/crypto/timestamp_signer.ts";
import { decodeBase62, encodeBase62 } from "../../src/crypto/base62.ts";
import { toHex } from "../../src/internal/bytes.ts";
import { requirePythonJson } from "../../src/internal/python/json.ts";
import type { Clock } from "../../src/types.ts";
import { type Operations, Refusal, type WireBytes, wireBytes } from "./protocol.ts";

/** The arguments that all signers share, and the time of the call. */
interface WireOptions {
  key: WireBytes;
  fallback_keys?: WireBytes[];
  sep?: string;
  salt?: string;
  algorithm?: string | undefined;
  now?: number;
}

function optionsOf(
  { key, fallback_keys, sep, salt, algorithm, now }: WireOptions,
): SignerOptions & { clock?: Clock } {
  return {
    key: wireBytes(key),
    fallbackKeys: fallback_keys?.map(wireBytes),
    sep,
    salt,
    algorithm,
    ...(now === undefined ? {} : { clock: { now: () => now * 1000 } }),
  };
}

/** The options of the functions, which always use ":" and SHA-256. */
function functionOptionsOf(args: WireOptions): Pick<SignerOptions, "key" | "fallbackKeys" | "salt"> {
  const { sep: _sep, algorithm: _algorithm, ...options } = optionsOf(args);
  return options;
}

function signerOf(args: WireOptions): Signer {
  return new Signer(optionsOf(args));
}

function timestampSignerOf(args: WireOptions): TimestampSigner {
  return new TimestampSigner(optionsOf(args));
}

/** The text of a signed object; throws when it is not JSON. */
function unsignObject(signed: string, args: WireOptions): string {
  const verified = signerOf(args).verifyText(signed);
  if ("text" in verified) return requirePythonJson(verified.text);
  throw new Refusal(verified.code === "undecodable" ? "value_error" : verified.code);
}

/**
 * djauth refuses an unknown algorithm when the signer is created, Django only when it signs, and the protocol has no
 * code for it at creation. So creation ignores the algorithm, and the signing operations report it.
 */
function withoutAlgorithm(args: WireOptions): WireOptions {
  return { ...args, algorithm: undefined };
}

export const operations: Operations = {
  "salted_hmac": ({ key_salt, value, secret, algorithm }) =>
    toHex(saltedHmac(wireBytes(key_salt), wireBytes(value), wireBytes(secret), requireAlgorithm(algorithm))),
  "base62.encode": ({ number }) => encodeBase62(number),
  "base62.decode": ({ text }) => decodeBase62(text),
  "signer.new": (args) => void signerOf(withoutAlgorithm(args)),
  "signer.signature": ({ value, ...args }) => signerOf(args).signature(wireBytes(value)),
  "signer.sign": ({ value, ...args }) => signerOf(args).sign(value),
  "signer.unsign": ({ signed_value, ...args }) => signerOf(args).unsign(signed_value),
  "signer.sign_object": ({ json, compress, ...args }) => signerOf(args).signText(json, { compress }),
  "signer.unsign_object": ({ signed_obj, ...args }) => unsignObject(signed_obj, args),
  "timestamp_signer.new": (args) => void timestampSignerOf(withoutAlgorithm(args)),
  "timestamp_signer.sign": ({ value, ...args }) => timestampSignerOf(args).sign(value),
  "timestamp_signer.unsign": ({ signed_value, max_age, ...args }) =>
    timestampSignerOf(args).unsign(signed_value, { maxAge: max_age }),
  "signing.dumps": ({ json, compress, ...args }) => dumpsText(json, { ...functionOptionsOf(args), compress }),
  "signing.loads": ({ s, max_age, ...args }) =>
    requirePythonJson(loadsText(s, { ...functionOptionsOf(args), maxAge: max_age })),
};
