/** Types shared by every level. No code here. */

/** The current time; tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch, as `Date.now()`. */
  now(): number;
}

/** Returns that many bytes from a cryptographically secure source; tests pass their own. */
export type RandomBytes = (length: number) => Uint8Array;

/** A release of Django, whose default work factors for passwords are used. */
export type DjangoVersion = "4.2" | "5.0" | "5.1" | "5.2" | "6.0" | "6.1";

/** `SameSite` as in Django's settings; `false` omits the attribute. */
export type SameSite = "Lax" | "Strict" | "None" | false;

/** `SECRET_KEY` and `SECRET_KEY_FALLBACKS`. */
export interface SecretKeys {
  /** The key that signs and is tried first. */
  readonly current: string;
  /** Older keys, still accepted. */
  readonly fallbacks: readonly string[];
}
