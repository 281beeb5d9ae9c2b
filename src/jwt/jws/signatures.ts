/** Who signs tokens and checks signatures: one interface for secrets (here) and for pairs of keys (`key_pairs.ts`). */

import { createTextHmac } from "../../crypto/hmac.ts";
import { constantTimeEqual, utf8 } from "../../internal/bytes.ts";
import type { HashAlgorithm } from "../../crypto/hmac.ts";
import type { CompactToken } from "./compact.ts";

/** What a signature is worth. */
export type SignatureState = "valid" | "token_bad_signature" | "token_unknown_key";

/** Signs and checks with the keys of one configuration. */
export interface Signatures {
  /** The name of the key that signs, which stands in the header; `null` where it has none. */
  readonly kid: string | null;
  /**
   * The signature of a header and a payload, as a segment.
   *
   * @throws {ImproperlyConfigured} `improperly_configured` where there is no key to sign with, or it cannot be used
   */
  sign(signed: string): string | Promise<string>;
  /**
   * What a token's signature is worth; never throws because of the token.
   *
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   */
  verify(token: CompactToken): SignatureState | Promise<SignatureState>;
  /**
   * Which keys are in force: what was found valid under the same number may be believed without them. `null` while that
   * cannot be said.
   */
  generation(): number | null;
}

/**
 * Signatures by HMAC, synchronous: `crypto.subtle` costs several times as much for a token.
 *
 * @param keys secrets; the first one signs, all of them are believed
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
