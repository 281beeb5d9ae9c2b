/**
 * The encoded form of session data: signed, compressed JSON as in `SessionBase.encode` and `decode`. Where it is kept
 * (a row, a file, a cookie) is up to the engine.
 */

import { TimestampSigner } from "../crypto/timestamp_signer.ts";
import { SYSTEM_CLOCK } from "../internal/time/clock.ts";
import { createTextMemo } from "../internal/text_memo.ts";
import type { Clock, SecretKeys } from "../types.ts";
import { createLegacyReader } from "./legacy_codec.ts";
import { SessionPayload } from "./payload.ts";
import { textFingerprint } from "./text_fingerprint.ts";

/** The key salt of Django's own engines: `"django.contrib.sessions." + SessionStore.__qualname__`. */
export const DEFAULT_SESSION_SALT = "django.contrib.sessions.SessionStore";

/** Sessions with more characters of JSON are not cached. */
const MAX_CACHED_CHARACTERS = 16_384;

/** The options of {@link createSessionCodec}. */
export interface SessionCodecOptions {
  /** Django's `SECRET_KEY` and `SECRET_KEY_FALLBACKS`. */
  readonly keys: SecretKeys;
  /** The engine's `key_salt`, which depends on the name of its class; that of Django's own engines if not given. */
  readonly salt?: string | undefined;
  /** Whether to read the SHA-1 form of Django 2.2 and 3.0 as well; off if not given. */
  readonly legacy?: boolean | undefined;
  /** The maximum size of decompressed session data in bytes; 64 MiB if not given. */
  readonly ceiling?: number | undefined;
  /** The clock that dates signatures; the system clock if not given. */
  readonly clock?: Clock | undefined;
}

/**
 * Generous: only the site itself signs sessions, Django does not limit them, and data that could not be read would be
 * lost with the next write.
 */
const DEFAULT_CEILING_BYTES = 64 * 1024 * 1024;

/** Why session data cannot be read: none of the keys signed them, or they are signed but not JSON. */
export type UnreadableCode = "bad_signature" | "undecodable";

/** Session data whose signature was verified. */
export interface VerifiedSession {
  /** The data. */
  readonly payload: SessionPayload;
  /**
   * Changes with the text; see `StoredSession.fingerprint`. Collisions can be constructed: equal fingerprints are no
   * reason to trust a text that was not verified.
   */
  readonly fingerprint: number;
}

/** The result of {@link SessionCodec.verify}: the data, or why there are none. */
export type SessionVerification = VerifiedSession | { readonly code: UnreadableCode };

/** Reads and writes session data; see {@link createSessionCodec}. */
export interface SessionCodec {
  /**
   * Signs the data with the current key. Mirrors `SessionBase.encode`.
   *
   * @throws {RangeError} for more data than could be read back
   */
  encode(payload: SessionPayload): string;
  /**
   * Returns the data, or `null` where Django's `SessionBase.decode` returns `{}` because they are invalid. Never
   * throws.
   */
  decode(text: string): SessionPayload | null;
  /** Verifies as {@link SessionCodec.decode} does; returns the fingerprint as well, or the reason of a failure. */
  verify(text: string): SessionVerification;
}

/**
 * Creates a codec for one set of keys.
 *
 * @throws {RangeError} if a key is empty
 *
 * @example Read `django_session.session_data` as stored by Django
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
  const { keys, salt = DEFAULT_SESSION_SALT, clock = SYSTEM_CLOCK, ceiling = DEFAULT_CEILING_BYTES } =
    options;
  const signer = new TimestampSigner({ key: keys.current, fallbackKeys: keys.fallbacks, salt, clock });
  const readLegacy = options.legacy ? createLegacyReader(keys, salt) : null;
  // Safe to cache: the result depends on the string and the keys alone. Sessions are read without a maxAge, and whether
  // the row still exists and has not expired is checked in the storage each time.
  const memo = createTextMemo<VerifiedSession>();
  // Bounded by the decompressed size, which a short string may hide.
  const mayBeKept = (payload: SessionPayload): boolean => payload.text.length <= MAX_CACHED_CHARACTERS;
  // Frozen, since the cache hands the same object to everybody.
  const verified = (text: string, payload: SessionPayload): VerifiedSession => {
    return Object.freeze({ payload, fingerprint: textFingerprint(text) });
  };

  function verify(text: string): SessionVerification {
    const known = memo.get(text);
    if (known !== undefined) return known;
    const found = signer.verifyText(text, { ceiling });
    const json = "code" in found ? readLegacy?.(text) ?? found : found;
    if ("code" in json) return { code: json.code === "undecodable" ? json.code : "bad_signature" };
    const payload = SessionPayload.fromText(json.text);
    if (payload === null) return { code: "undecodable" };
    const made = verified(text, payload);
    if (mayBeKept(payload)) memo.offer(text, () => made, payload.text.length);
    return made;
  }

  return {
    encode(payload) {
      if (payload.text.length > ceiling) {
        throw new RangeError(
          `The session has ${payload.text.length} bytes of data, expected at most ${ceiling}`,
        );
      }
      const text = signer.signText(payload.text, { compress: true });
      // It will be read back soon.
      if (mayBeKept(payload)) memo.set(text, verified(text, payload), payload.text.length);
      return text;
    },
    decode(text) {
      const found = verify(text);
      return "payload" in found ? found.payload : null;
    },
    verify,
  };
}
