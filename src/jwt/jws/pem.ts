/**
 * Keys as PEM, in every form that Python's `cryptography` reads: checked immediately if the runtime has `node:crypto`,
 * and imported when first used.
 */

import { type CryptoKey, importPKCS8, importSPKI } from "jose";
import { ImproperlyConfigured } from "../../errors.ts";
import { builtinModule } from "../../internal/builtin.ts";
import { type AlgorithmEntry, MIN_RSA_BITS } from "../options/algorithms.ts";

/** A key that is imported once, at its first use. */
export type LazyKey = () => Promise<CryptoKey>;

/** The slice of `node:crypto` in use. */
interface NodeKeys {
  createPublicKey(pem: string): NodeKey;
  createPrivateKey(pem: string): NodeKey;
}
interface NodeKey {
  asymmetricKeyType?: string;
  asymmetricKeyDetails?: { modulusLength?: number; namedCurve?: string };
  export(options: { type: "spki" | "pkcs8"; format: "pem" }): string;
  export(options: { format: "jwk" }): Readonly<Record<string, unknown>>;
}

/**
 * Prepares a public key; a private key stands for its public half, as in PyJWT.
 *
 * @param option names the key in an error; the key itself is never quoted
 * @throws {ImproperlyConfigured} `improperly_configured` for anything but a key for this algorithm
 */
export function importPublicKey(option: string, pem: string, algorithm: AlgorithmEntry): LazyKey {
  const spki = normalPem(option, pem, algorithm, "public");
  return once(option, algorithm, () => importSPKI(spki, algorithm.name));
}

/**
 * Prepares a private key.
 *
 * @param option names the key in an error; the key itself is never quoted
 * @throws {ImproperlyConfigured} `improperly_configured` for anything but a key for this algorithm
 */
export function importPrivateKey(option: string, pem: string, algorithm: AlgorithmEntry): LazyKey {
  const pkcs8 = normalPem(option, pem, algorithm, "private");
  return once(option, algorithm, () => importPKCS8(pkcs8, algorithm.name));
}

/** Returns the public half of a usable key as a JWK; `null` without `node:crypto`. */
export function publicJwkOf(pem: string): Readonly<Record<string, unknown>> | null {
  const crypto = builtinModule("node:crypto") as NodeKeys | undefined;
  return crypto?.createPublicKey(pem.trim()).export({ format: "jwk" }) ?? null;
}

/** Converts a PEM to the form that `jose` reads. Without `node:crypto`, it must have that form already. */
function normalPem(
  option: string,
  pem: string,
  algorithm: AlgorithmEntry,
  kind: "public" | "private",
): string {
  const crypto = builtinModule("node:crypto") as NodeKeys | undefined;
  // Not every runtime skips the leading line feeds of a multi-line string in a settings file.
  const text = pem.trim();
  if (crypto === undefined) return text;
  let key: NodeKey;
  try {
    key = kind === "public" ? crypto.createPublicKey(text) : crypto.createPrivateKey(text);
  } catch {
    // Without the cause: a parser's error may quote the key.
    throw unusable(option, algorithm, kind, "cannot be read");
  }
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (
    key.asymmetricKeyType !== algorithm.keyType ||
    (algorithm.curve !== null && namedCurve !== algorithm.curve)
  ) {
    throw unusable(option, algorithm, kind, `is a key of type ${namedCurve ?? key.asymmetricKeyType}`);
  }
  if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS) {
    throw unusable(option, algorithm, kind, `has ${modulusLength} bits, fewer than ${MIN_RSA_BITS},`);
  }
  return key.export({ type: kind === "public" ? "spki" : "pkcs8", format: "pem" });
}

function unusable(
  option: string,
  { name }: AlgorithmEntry,
  kind: string,
  what: string,
): ImproperlyConfigured {
  return new ImproperlyConfigured(`jwt.${option} ${what}, expected a ${kind} key as PEM for ${name}`);
}

function once(option: string, algorithm: AlgorithmEntry, load: () => Promise<CryptoKey>): LazyKey {
  let key: Promise<CryptoKey> | undefined;
  return () =>
    key ??= load().catch(() => {
      throw unusable(option, algorithm, option === "signingKey" ? "private" : "public", "cannot be used");
    });
}
