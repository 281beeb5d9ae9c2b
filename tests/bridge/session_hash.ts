/** Operations of the conformance bridge: `session_hash.*`. */

import { createSessionHash, type SessionHash } from "../../src/users/session_hash.ts";
import type { Operations } from "./protocol.ts";

interface Keys {
  secret_key: string;
  secret_key_fallbacks?: string[];
  legacy?: boolean;
}

function sessionHashWith({ secret_key, secret_key_fallbacks = [], legacy = false }: Keys): SessionHash {
  return createSessionHash({ keys: { current: secret_key, fallbacks: secret_key_fallbacks }, legacy });
}

export const operations: Operations = {
  "session_hash.make": ({ password, ...keys }) => sessionHashWith(keys).make(password),
  "session_hash.verify": ({ password, session_hash, ...keys }) =>
    sessionHashWith(keys).verify(password, session_hash),
};
