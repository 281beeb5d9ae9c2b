/** Operations of the conformance bridge: sessions. */

import { createSessionCodec, type SessionCodec } from "../../src/session/codec.ts";
import { SessionPayload } from "../../src/session/payload.ts";
import { type Operations, Refusal } from "./protocol.ts";

interface WireCodec {
  secret_key: string;
  secret_key_fallbacks?: string[];
  salt?: string;
  legacy?: boolean;
  now?: number;
}

function codecOf({ secret_key, secret_key_fallbacks = [], salt, legacy, now = 0 }: WireCodec): SessionCodec {
  const keys = { current: secret_key, fallbacks: secret_key_fallbacks };
  return createSessionCodec({ keys, salt, legacy, clock: { now: () => now * 1000 } });
}

export const operations: Operations = {
  "session.encode": ({ json, ...args }) => {
    const payload = SessionPayload.fromText(json);
    if (payload === null) throw new Refusal("value_error", "The session is no JSON object");
    return codecOf(args).encode(payload);
  },
  "session.decode": ({ session_data, ...args }) => {
    const found = codecOf(args).verify(session_data);
    if ("code" in found) throw new Refusal(found.code);
    return found.payload.text;
  },
};
