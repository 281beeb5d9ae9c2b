/**
 * Tokens as text: signed, and read with their signature and registered claims checked. Mirrors simplejwt's
 * `TokenBackend`; what a token is for is decided in `tokens.ts`.
 */

import { textFromLetters, toBase64Url, utf8 } from "../../internal/bytes.ts";
import type { Clock } from "../../types.ts";
import { claimFault, type ClaimRules, type ValidTime } from "../claims/claim_rules.ts";
import { TokenClaims } from "../claims/claims.ts";
import { type CompactToken, createCompactReader, headerOf, isTokenLength } from "./compact.ts";
import type { JwtAlgorithm } from "../options/algorithms.ts";
import type { TokenRefusalCode } from "../claims/refusals.ts";
import type { Signatures, SignatureState } from "./signatures.ts";
import { createVerifiedMemory, type SignedClaims, type VerifiedMemory } from "./verified_memory.ts";

/** The claims of a token that is rightly signed and valid now, or why it is refused. */
export type ClaimsVerification = SignedClaims | { readonly code: TokenRefusalCode };

/** Signs and reads tokens; see {@link createTokenBackend}. */
export interface TokenBackend {
  /**
   * The token of some claims, with `aud` and `iss` as configured.
   *
   * @throws {TypeError} where `iss` among the claims is not text
   * @throws {ImproperlyConfigured} `improperly_configured` where there is no key to sign with, or it cannot be used
   */
  encode(claims: TokenClaims): string | Promise<string>;
  /**
   * The claims of a token that is rightly signed and valid now. Mirrors `TokenBackend.decode`.
   *
   * @param now in milliseconds, where the caller has read the clock
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   */
  verify(text: unknown, now?: number): ClaimsVerification | Promise<ClaimsVerification>;
  /** The claims of a token that nobody has checked; `null` where it is none of the configured algorithm. */
  decodeUnverified(text: unknown): TokenClaims | null;
}

/** What {@link createTokenBackend} is told. */
export interface TokenBackendOptions extends ClaimRules {
  readonly algorithm: JwtAlgorithm;
  readonly signatures: Signatures;
  readonly clock: Clock;
}

/** Makes a backend for one set of keys. */
export function createTokenBackend(options: TokenBackendOptions): TokenBackend {
  const { algorithm, signatures, clock, audience, issuer } = options;
  const header = headerOf(algorithm, signatures.kid);
  const readCompact = createCompactReader(algorithm);
  // Only the signature and the parsing are spared: times, and whatever a store says, are asked each time.
  let verified = createVerifiedMemory();
  let generation: number | null = null;

  /** What was verified with the keys that are in force now, and with no others. */
  function memoryOf(current: number): VerifiedMemory {
    if (current !== generation) verified = createVerifiedMemory();
    generation = current;
    return verified;
  }

  /** Claims whose signature is right, held against the clock. */
  function checked(claims: TokenClaims, now: number): ClaimsVerification {
    const code = claimFault(claims, options, now / 1000);
    return code === null ? { claims, usableAs: null } : { code };
  }

  function read(
    token: CompactToken,
    state: SignatureState,
    memory: VerifiedMemory | null,
    now: number,
  ): ClaimsVerification {
    if (state !== "valid") return { code: state };
    const text = textFromLetters(token.payload);
    const claims = text === null ? null : TokenClaims.fromText(text);
    if (claims === null) return { code: "token_malformed" };
    const result = checked(claims, now);
    // What has expired would only push out what has not.
    if ("claims" in result) memory?.offer(token.text, claims, options.leeway);
    return result;
  }

  return {
    encode(claims) {
      const changes: [string, unknown][] = [];
      if (audience !== null) changes.push(["aud", audience]);
      if (issuer !== null) changes.push(["iss", issuer]);
      const all = changes.length === 0 ? claims : claims.with(changes);
      if (all.has("iss") && typeof all.get("iss") !== "string") {
        throw new TypeError('The claim "iss" must be a text');
      }
      const signed = `${header}.${toBase64Url(utf8(all.text))}`;
      const signature = signatures.sign(signed);
      return typeof signature === "string"
        ? `${signed}.${signature}`
        : signature.then((it) => `${signed}.${it}`);
    },

    verify(text, now = clock.now()) {
      if (!isTokenLength(text)) return { code: "token_malformed" };
      const current = signatures.generation();
      // Chosen before the keys are: when they change while a signature is checked, the outcome is not kept for long.
      const memory = current === null ? null : memoryOf(current);
      // Before its shape is looked at: whatever was verified had that of a token, and nothing else is found here.
      const known = memory?.get(text);
      if (known !== undefined) return isWithin(known, now / 1000) ? known : checked(known.claims, now);
      const token = readCompact(text);
      if (typeof token === "string") return { code: token };
      const state = signatures.verify(token);
      return typeof state === "string"
        ? read(token, state, memory, now)
        // Keys may have been fetched meanwhile: what has ended since is over.
        : state.then((it) => read(token, it, memory, clock.now()));
    },

    decodeUnverified(text) {
      const token = readCompact(text);
      const payload = typeof token === "string" ? null : textFromLetters(token.payload);
      return payload === null ? null : TokenClaims.fromText(payload);
    },
  };
}

/** @param seconds since the epoch */
function isWithin({ from, until }: ValidTime, seconds: number): boolean {
  return from <= seconds && seconds < until;
}
