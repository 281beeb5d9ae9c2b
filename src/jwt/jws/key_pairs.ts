/** Signatures with key pairs through `jose`: RSA, ECDSA and EdDSA. */

import { CompactSign, type CryptoKey, errors, flattenedVerify } from "jose";
import { ImproperlyConfigured } from "../../errors.ts";
import { fromBase64Url } from "../../internal/bytes.ts";
import { type CompactToken, headerMembers } from "./compact.ts";
import { type KeySet, localKeySet } from "./key_set.ts";
import { ownKid } from "./own_key.ts";
import { importPrivateKey, importPublicKey, type LazyKey } from "./pem.ts";
import type { JwtSettings } from "../options/settings.ts";
import type { Signatures, SignatureState } from "./signatures.ts";

/**
 * Creates the signatures of a configuration with key pairs.
 *
 * @param remote the keys of `jwkUrl`
 * @throws {ImproperlyConfigured} `improperly_configured` for a key that cannot be used with the algorithm
 */
export function createKeyPairSignatures(settings: JwtSettings<never>, remote: KeySet | null): Signatures {
  const { algorithm, signingKey, verifyingKey, verifyingKeyFallbacks, jwks } = settings;
  const alg = algorithm.name;
  const set = jwks === null ? remote : localKeySet(jwks, alg);
  const secret = signingKey === "" ? null : importPrivateKey("signingKey", signingKey, algorithm);
  // As in simplejwt, a key set replaces the verifying key.
  const current = set === null ? [importPublicKey("verifyingKey", verifyingKey, algorithm)] : [];
  const fallbacks = verifyingKeyFallbacks.map((key) =>
    importPublicKey("verifyingKeyFallbacks", key, algorithm)
  );
  const fixed: readonly LazyKey[] = [...current, ...fallbacks];
  const kid = ownKid(settings);

  async function isSignedBy(key: CryptoKey, token: CompactToken): Promise<boolean> {
    const { header, payload, signature } = token;
    try {
      await flattenedVerify({ protected: header, payload, signature }, key, { algorithms: [alg] });
      return true;
    } catch (error) {
      // A JOSE error is the fault of the token; any other one is that of the key.
      if (error instanceof errors.JOSEError) return false;
      throw error;
    }
  }

  async function verify(token: CompactToken): Promise<SignatureState> {
    // Checked before any work with keys, and before any fetch.
    if (fromBase64Url(token.signature) === null) return "token_bad_signature";
    const named = set === null || token.kid === null ? [] : await set.find(token.kid);
    for (const key of named) if (await isSignedBy(key, token)) return "valid";
    for (const load of fixed) if (await isSignedBy(await load(), token)) return "valid";
    return set !== null && named.length === 0 ? "token_unknown_key" : "token_bad_signature";
  }

  return {
    kid,
    verify,
    generation: () => set === null ? 0 : set.generation(),
    async sign(signed) {
      if (secret === null) {
        throw new ImproperlyConfigured(`jwt.signingKey is missing, expected a private key as PEM for ${alg}`);
      }
      const payload = fromBase64Url(signed.slice(signed.indexOf(".") + 1))!;
      // `jose` writes the header as `{"alg":…,"typ":"JWT"}`, byte for byte as PyJWT does.
      const token = await new CompactSign(payload).setProtectedHeader(headerMembers(alg, kid)).sign(
        await secret(),
      );
      return token.slice(token.lastIndexOf(".") + 1);
    },
  };
}
