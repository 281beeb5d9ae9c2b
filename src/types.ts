/** Types that every level shares. Nothing here has code. */

/** The present moment; tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch, as `Date.now()`. */
  now(): number;
}

/** Answers that many bytes of a cryptographically secure source; tests pass their own. */
export type RandomBytes = (length: number) => Uint8Array;

/** A release of Django whose defaults (work factors of passwords) are followed. */
export type DjangoVersion = "4.2" | "5.0" | "5.1" | "5.2" | "6.0" | "6.1";

/** `SameSite` as Django's settings have it; `false` leaves the attribute out. */
export type SameSite = "Lax" | "Strict" | "None" | false;

/** `SECRET_KEY` and `SECRET_KEY_FALLBACKS`. */
export interface SecretKeys {
  /** Signs, and is tried first. */
  readonly current: string;
  /** Older keys, which are still believed. */
  readonly fallbacks: readonly string[];
}
