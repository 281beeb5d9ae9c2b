/**
 * Encoded tokens: signs claims, and verifies signatures and registered claims. Mirrors simplejwt's `TokenBackend`;
 * token types are checked in `tokens.ts`.
 */

import { textFromBase64UrlLetters, toBase64Url, utf8 } from "../../internal/bytes.ts";
import { kindOf } from "../../internal/option_checks.ts";
import type { Clock } from "../../types.ts";
import { claimFault, type ClaimRules, type ValidTime } from "../claims/claim_rules.ts";
import { TokenClaims } from "../claims/claims.ts";
import { type CompactToken, createCompactReader, headerOf, isTokenLength } from "./compact.ts";
import type { JwtAlgorithm } from "../options/algorithms.ts";
import type { TokenRefusalCode } from "../claims/refusals.ts";
import type { Signatures, SignatureState } from "./signatures.ts";
import { createVerifiedMemory, type SignedClaims, type VerifiedMemory } from "./verified_memory.ts";

/** The claims of a token with a valid signature and valid times, or why it is refused. */
export type ClaimsVerification = SignedClaims | { readonly code: TokenRefusalCode };

/** Signs and reads tokens; see {@link createTokenBackend}. */
export interface TokenBackend {
  /**
   * Signs claims, with `aud` and `iss` as configured.
   *
   * @throws {TypeError} if the claim `iss` is not a string
   * @throws {ImproperlyConfigured} `improperly_configured` if the signing key is missing or cannot be used
   */
  encode(claims: TokenClaims): string | Promise<string>;
  /**
   * Verifies the signature and the registered claims of a token. Mirrors `TokenBackend.decode`.
   *
   * @param now in milliseconds, if the caller has read the clock already
   * @throws {KeysUnavailable} `keys_unavailable` if the keys must be fetched and cannot be
   */
  verify(text: unknown, now?: number): ClaimsVerification | Promise<ClaimsVerification>;
  /** Decodes the claims of a token without verifying it; `null` if it is malformed or of another algorithm. */
  decodeUnverified(text: unknown): TokenClaims | null;
}

/** The dependencies of {@link createTokenBackend}. */
export interface TokenBackendOptions extends ClaimRules {
  readonly algorithm: JwtAlgorithm;
  readonly signatures: Signatures;
  readonly clock: Clock;
}

/** Creates a backend for one configuration of keys. */
export function createTokenBackend(options: TokenBackendOptions): TokenBackend {
  const { algorithm, signatures, clock, audience, issuer } = options;
  const header = headerOf(algorithm, signatures.kid);
  const readCompact = createCompactReader(algorithm);
  // Saves only the verification of the signature and the parsing: times and stores are checked each time.
  let verified = createVerifiedMemory();
  let generation: number | null = null;

  /** Returns the memory of tokens that were verified with the current keys, and with no others. */
  function memoryOf(current: number): VerifiedMemory {
    if (current !== generation) verified = createVerifiedMemory();
    generation = current;
    return verified;
  }

  /** Checks claims whose signature is valid against the rules and the clock. */
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
    const text = textFromBase64UrlLetters(token.payload);
    const claims = text === null ? null : TokenClaims.fromText(text);
    if (claims === null) return { code: "token_malformed" };
    const result = checked(claims, now);
    // An expired token would only evict a valid one.
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
        throw new TypeError(`The claim "iss" is ${kindOf(all.get("iss"))}, expected a string`);
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
      // Chosen before the keys: if they change while a signature is verified, the result is not kept for long.
      const memory = current === null ? null : memoryOf(current);
      // Before its shape is checked: only well-formed tokens are ever stored, so that no other string is found.
      const known = memory?.get(text);
      if (known !== undefined) return isWithin(known, now / 1000) ? known : checked(known.claims, now);
      const token = readCompact(text);
      if (typeof token === "string") return { code: token };
      const state = signatures.verify(token);
      return typeof state === "string"
        ? read(token, state, memory, now)
        // Keys may have been fetched meanwhile: a token that has expired since is refused.
        : state.then((it) => read(token, it, memory, clock.now()));
    },

    decodeUnverified(text) {
      const token = readCompact(text);
      const payload = typeof token === "string" ? null : textFromBase64UrlLetters(token.payload);
      return payload === null ? null : TokenClaims.fromText(payload);
    },
  };
}

/** @param seconds since the epoch */
function isWithin({ from, until }: ValidTime, seconds: number): boolean {
  return from <= seconds && seconds < until;
}
