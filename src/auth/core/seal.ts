/**
 * Signs the messages between the nodes of a site, since every role that may connect to the database may send on its
 * channel; with a timestamp, against replay.
 */

import { TimestampSigner } from "../../crypto/timestamp_signer.ts";
import { parsePythonJson, stringifyPythonJson } from "../../internal/python/json.ts";
import type { Clock, SecretKeys } from "../../types.ts";

/** Signs messages, and verifies them. */
export interface Seal {
  /** Returns the signed JSON of a value. */
  seal(value: unknown): string;
  /** Returns the value, or `null` if it was signed with another key or too long ago. Never throws. */
  unseal(text: string): unknown;
}

/** The time within which a message must arrive; the clocks of nodes may differ by as much. */
export const SEAL_MAX_AGE_SECONDS = 60;

/** Creates the seal of a site. */
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
      const verified = signer.verifyText(text, { maxAge: SEAL_MAX_AGE_SECONDS });
      if ("code" in verified) return null;
      try {
        return parsePythonJson(verified.text);
      } catch {
        return null;
      }
    },
  };
}
