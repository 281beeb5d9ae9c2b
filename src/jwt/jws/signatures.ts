/** Signs tokens and verifies signatures: one interface for secrets (here) and for key pairs (`key_pairs.ts`). */

import { createTextHmac } from "../../crypto/hmac.ts";
import { constantTimeEqual, utf8 } from "../../internal/bytes.ts";
import type { HashAlgorithm } from "../../crypto/hmac.ts";
import type { CompactToken } from "./compact.ts";

/** The result of verifying a signature. */
export type SignatureState = "valid" | "token_bad_signature" | "token_unknown_key";

/** Signs and verifies with the keys of one configuration. */
export interface Signatures {
  /** The name of the signing key for the header; `null` if it has none. */
  readonly kid: string | null;
  /**
   * Returns the encoded signature of a header and a payload.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` if the signing key is missing or cannot be used
   */
  sign(signed: string): string | Promise<string>;
  /**
   * Verifies a token's signature; never throws because of the token.
   *
   * @throws {KeysUnavailable} `keys_unavailable` if the keys must be fetched and cannot be
   */
  verify(token: CompactToken): SignatureState | Promise<SignatureState>;
  /**
   * Identifies the current keys: a signature that was valid under the same number still is. `null` while that is
   * unknown.
   */
  generation(): number | null;
}

/**
 * Creates signatures by HMAC. They are synchronous: `crypto.subtle` costs several times as much for a token.
 *
 * @param keys secrets; the first one signs, all of them verify
 */
export function createHmacSignatures(hash: HashAlgorithm, keys: readonly string[]): Signatures {
  const macs = keys.map((key) => createTextHmac(hash, utf8(key)));
  return {
    kid: null,
    sign: (signed) => macs[0]!(signed),
    verify(token) {
      for (const mac of macs) {
        if (constantTimeEqual(mac(token.signed), token.signature)) return "valid";
      }
      return "token_bad_signature";
    },
    generation: () => 0,
  };
}
