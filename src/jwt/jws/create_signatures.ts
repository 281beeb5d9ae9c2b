/** Chooses the signatures by the configured algorithm and keys. */

import { requireSecret } from "../options/check_keys.ts";
import { createKeyPairSignatures } from "./key_pairs.ts";
import type { KeySet } from "./key_set.ts";
import type { JwtSettings } from "../options/settings.ts";
import { createHmacSignatures, type Signatures } from "./signatures.ts";

/**
 * Creates the signatures of a configuration.
 *
 * @param remote the keys of `jwkUrl`
 * @throws {ImproperlyConfigured} `improperly_configured` for a key that cannot be used with the algorithm
 */
export function createSignatures(settings: JwtSettings<never>, remote: KeySet | null = null): Signatures {
  const { algorithm, signingKey, verifyingKeyFallbacks } = settings;
  if (algorithm.hash === null) return createKeyPairSignatures(settings, remote);
  requireSecret("signingKey", algorithm, signingKey);
  return createHmacSignatures(algorithm.hash, [signingKey, ...verifyingKeyFallbacks]);
}
