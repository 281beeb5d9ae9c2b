/**
 * What the nodes of a site say to each other: signed with the site's key, since every role that may connect to the database
 * may send over its channel, and dated, so that it cannot be said again later.
 */

import { TimestampSigner } from "../../crypto/timestamp_signer.ts";
import { parsePythonJson, stringifyPythonJson } from "../../internal/python/json.ts";
import type { Clock, SecretKeys } from "../../types.ts";

/** Signs what is sent, and believes nothing else. */
export interface Seal {
  /** The JSON of a value, signed. */
  seal(value: unknown): string;
  /** The value, or `null` when another key signed it, or too long ago. Never throws. */
  unseal(text: string): unknown;
}

/** Seconds within which a message must arrive; the clocks of nodes may differ by as much. */
export const SEAL_MAX_AGE = 60;

/** Makes the seal of a site. */
export function createSeal(keys: SecretKeys, clock: Clock): Seal {
  const signer = new TimestampSigner({
    key: keys.current,
    fallbackKeys: keys.fallbacks,
    salt: "djauth.nodes",
    clock,
  });
  return {
    seal: (value) => signer.signText(stringifyPythonJson(value)),
    unseal(text) {
      const verified = signer.verifyText(text, { maxAge: SEAL_MAX_AGE });
      if ("code" in verified) return null;
      try {
        return parsePythonJson(verified.text);
      } catch {
        return null;
      }
    },
  };
}
