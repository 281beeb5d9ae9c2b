/**
 * The text form of session data: signed, compressed JSON as `SessionBase.encode` and `decode` have it. Where the text
 * is kept (a row, a file, a cookie) is the engine's business.
 */

import { TimestampSigner } from "../crypto/timestamp_signer.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import { createTextMemo } from "../internal/text_memo.ts";
import type { Clock, SecretKeys } from "../types.ts";
import { createLegacyReader } from "./legacy_codec.ts";
import { SessionPayload } from "./payload.ts";

/** The key salt of Django's own engines: `"django.contrib.sessions." + SessionStore.__qualname__`. */
export const DEFAULT_SESSION_SALT = "django.contrib.sessions.SessionStore";

/** The most characters of JSON that are kept in memory for a session. */
const LONGEST_KEPT = 16_384;

/** How {@link createSessionCodec} signs and what it believes. */
export interface SessionCodecOptions {
  /** `SECRET_KEY` and `SECRET_KEY_FALLBACKS`. */
  readonly keys: SecretKeys;
  /** `key_salt`; an engine whose class has another name has another one. */
  readonly salt?: string | undefined;
  /** Also read the SHA-1 form of Django 2.2 and 3.0; off if not given. */
  readonly legacy?: boolean | undefined;
  /** The most bytes that session data may have when decompressed; 64 MiB if not given. */
  readonly ceiling?: number | undefined;
  /** Dates what is signed; the machine's clock if not given. */
  readonly clock?: Clock | undefined;
}

/**
 * Whoever signs them is the site itself, whose sessions Django does not bound; what nobody could read would be lost with the
 * next write.
 */
const CEILING = 64 * 1024 * 1024;

/** Why session data cannot be read: none of the keys has signed them, or they are signed and no JSON. */
export type UnreadableCode = "bad_signature" | "undecodable";

/** What was found in the text of a session: its data, or why there are none. */
export type SessionVerification = { readonly payload: SessionPayload } | { readonly code: UnreadableCode };

/** Reads and writes session data; see {@link createSessionCodec}. */
export interface SessionCodec {
  /**
   * Signs the data with the current key. Mirrors `SessionBase.encode`.
   *
   * @throws {RangeError} for more data than would be read again
   */
  encode(payload: SessionPayload): string;
  /** The data, or `null` where Django's `SessionBase.decode` answers `{}` because it cannot read them. Never throws. */
  decode(text: string): SessionPayload | null;
  /** As {@link SessionCodec.decode}, with the reason. */
  verify(text: string): SessionVerification;
}

/**
 * Makes a codec for one set of keys.
 *
 * @throws {RangeError} where the current key is empty
 *
 * @example Read what Django stored in `django_session.session_data`
 * ```ts
 * import { createSessionCodec, SessionPayload } from "@djauth/djauth";
 *
 * const codec = createSessionCodec({ keys: { current: "secret", fallbacks: [] } });
 * const text = codec.encode(SessionPayload.fromText('{"_auth_user_id":"7"}')!);
 * console.log(codec.decode(text)?.get("_auth_user_id")); // 7
 * console.log(codec.decode(text + "x")); // null
 * ```
 */
export function createSessionCodec(options: SessionCodecOptions): SessionCodec {
  const { keys, salt = DEFAULT_SESSION_SALT, clock = SYSTEM_CLOCK, ceiling = CEILING } = options;
  const signer = new TimestampSigner({ key: keys.current, fallbackKeys: keys.fallbacks, salt, clock });
  const readLegacy = options.legacy ? createLegacyReader(keys, salt) : null;
  // Safe to keep: what a text means depends on the text and the keys alone. Sessions are read without a maxAge, and
  // whether the row is still there and unexpired is asked of the storage each time.
  const memo = createTextMemo<SessionPayload>();
  // A short text may be a long one compressed: what is kept is bounded by what it takes.
  const mayBeKept = (payload: SessionPayload): boolean => payload.text.length <= LONGEST_KEPT;

  function verify(text: string): SessionVerification {
    const known = memo.get(text);
    if (known !== undefined) return { payload: known };
    const found = signer.verifyText(text, { ceiling });
    const json = "code" in found ? readLegacy?.(text) ?? found : found;
    if ("code" in json) return { code: json.code === "undecodable" ? json.code : "bad_signature" };
    const payload = SessionPayload.fromText(json.text);
    if (payload === null) return { code: "undecodable" };
    if (mayBeKept(payload)) memo.offer(text, () => payload, payload.text.length);
    return { payload };
  }

  return {
    encode(payload) {
      if (payload.text.length > ceiling) {
        throw new RangeError(
          `The session has ${payload.text.length} bytes of data, expected at most ${ceiling}`,
        );
      }
      const text = signer.signText(payload.text, { compress: true });
      // It will be read again soon.
      if (mayBeKept(payload)) memo.set(text, payload, payload.text.length);
      return text;
    },
    decode(text) {
      const found = verify(text);
      return "payload" in found ? found.payload : null;
    },
    verify,
  };
}
