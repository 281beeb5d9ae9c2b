/**
 * simplejwt's tokens: issued, verified for their use, refreshed and blacklisted. Mirrors
 * `rest_framework_simplejwt/tokens.py`. This file connects the parts; keys and encoding are in `jws/backend.ts`.
 */

import { constantTimeEqual } from "../../internal/bytes.ts";
import { SYSTEM_CLOCK } from "../../internal/time/clock.ts";
import { SYSTEM_RANDOM } from "../../internal/random.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import { createTokenBackend } from "../jws/backend.ts";
import type { KeySet } from "../jws/key_set.ts";
import { createBlacklist, type TokenBlacklist } from "./blacklist.ts";
import { createBlacklistApp } from "./blacklist_app.ts";
import { idIn, type TokenClaims } from "../claims/claims.ts";
import { createIssuer, type TokenIssuing, type TokenSubject } from "./issuing.ts";
import { createRefreshing, type TokenRefreshing } from "./refresh.ts";
import { type TokenRefusal, tokenRefusal } from "../claims/refusals.ts";
import type { JwtSettings } from "../options/settings.ts";
import { createSignatures } from "../jws/create_signatures.ts";
import type { TokenStore } from "./store.ts";
import { type AnyTokenType, CLASS_NAMES, passwordHashClaim, type Token } from "./token.ts";
import { createExaminer, type TokenVerification, verdict } from "./verification.ts";

/** The dependencies of {@link createTokens}. */
export interface TokensOptions<User> {
  /** From `jwtSettings()`. */
  readonly settings: JwtSettings<User>;
  /** Django's `SECRET_KEY`, from which the identifiers of successors are derived. */
  readonly secretKey: string;
  /** Returns what tokens need to know about a user. */
  readonly subjectOf: (user: User) => TokenSubject;
  /** The blacklist app's tables; `null` if it is not installed. */
  readonly store?: TokenStore | null | undefined;
  /** The current time; the system clock if not given. */
  readonly clock?: Clock | undefined;
  /** The source of identifiers; the runtime's if not given. */
  readonly randomBytes?: RandomBytes | undefined;
  /** The keys of `jwkUrl`, if configured. */
  readonly keys?: KeySet | null | undefined;
}

/** One of the types as which a request's token was verified, as simplejwt's response lists them. */
export interface TokenClassRefusal {
  /** simplejwt's class name, such as `AccessToken`. */
  readonly token_class: string;
  /** The class's token type. */
  readonly token_type: string;
  /** simplejwt's message. */
  readonly message: string;
}

/** A token that authenticates a request, or why none of `authTokenClasses` accepts it. */
export type AnyVerification =
  | { readonly token: Token }
  | (TokenRefusal & { readonly messages: readonly TokenClassRefusal[] });

/** The service of tokens; see {@link createTokens}. */
export interface Tokens<User> extends TokenIssuing<User>, TokenRefreshing, TokenBlacklist {
  /** The settings that it was created with. */
  readonly settings: JwtSettings<User>;
  /**
   * Verifies a token for a type: its shape, header, signature and times; `iss` and `aud`; for refresh and sliding
   * tokens the blacklist; then that it has an expiry, an identifier and this type. The order, and so the reason of
   * a refusal, is simplejwt's.
   *
   * @param text untrusted input
   * @throws {DatabaseUnavailable} `database_unavailable` if the blacklist cannot be queried
   * @throws {KeysUnavailable} `keys_unavailable` if the keys must be fetched and cannot be
   */
  verify(text: unknown, type: AnyTokenType): TokenVerification | Promise<TokenVerification>;
  /**
   * Verifies a token that authenticates a request, as any of `authTokenClasses`; `messages` has a refusal for each.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the blacklist cannot be queried
   * @throws {KeysUnavailable} `keys_unavailable` if the keys must be fetched and cannot be
   */
  verifyAny(text: unknown): AnyVerification | Promise<AnyVerification>;
  /**
   * Signs a token.
   *
   * @throws {TypeError} if the claim `iss` is not a string
   * @throws {ImproperlyConfigured} `improperly_configured` if the signing key is missing or cannot be used
   */
  sign(token: Token): string | Promise<string>;
  /** Returns whether a token's revoke claim fits this encoded password; always true without `checkRevokeToken`. */
  isPasswordCurrent(token: Token, password: string): boolean;
  /** Returns the claim that names the user: a string, but older releases and other issuers may write anything. */
  userIdOf(token: Token): unknown;
  /** Decodes the claims of a token without verifying it; `null` if it is malformed. Never decide anything by them. */
  decodeUnverified(text: unknown): TokenClaims | null;
}

/**
 * Creates the service of tokens.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a key that cannot be used with the algorithm
 */
export function createTokens<User>(options: TokensOptions<User>): Tokens<User> {
  const { settings, subjectOf, store = null, clock = SYSTEM_CLOCK, randomBytes = SYSTEM_RANDOM } = options;
  const backend = createTokenBackend({
    algorithm: settings.algorithm.name,
    signatures: createSignatures(settings, options.keys),
    clock,
    leeway: settings.leeway,
    audience: settings.audience,
    issuer: settings.issuer,
  });
  const sign = (token: Token): string | Promise<string> => backend.encode(token.claims);
  const app = createBlacklistApp({ settings, store, sign });
  const blacklist = createBlacklist(app);
  const issuer = createIssuer({ settings, subjectOf, app, clock, randomBytes });
  const examine = createExaminer({ backend, blacklist, settings, hasStore: store !== null, clock });

  function verify(text: unknown, type: AnyTokenType): TokenVerification | Promise<TokenVerification> {
    const examined = examine(text, type);
    return examined instanceof Promise ? examined.then(verdict) : verdict(examined);
  }

  /** @param first the result of {@link verify} for the first class */
  async function verifyAsAny(
    text: unknown,
    first: TokenVerification | Promise<TokenVerification>,
  ): Promise<AnyVerification> {
    const messages: TokenClassRefusal[] = [];
    let refused: TokenRefusal | undefined;
    for (const [index, type] of settings.authTokenClasses.entries()) {
      const verified = await (index === 0 ? first : verify(text, type));
      if ("token" in verified) return verified;
      refused ??= verified;
      messages.push({ token_class: CLASS_NAMES[type], token_type: type, message: verified.message });
    }
    return { ...refused ?? tokenRefusal("token_malformed"), messages };
  }

  return {
    ...createRefreshing({
      settings,
      secretKey: options.secretKey,
      app,
      blacklist,
      randomBytes,
      examine,
      accessFrom: issuer.accessFrom,
      sign,
    }),
    ...issuer,
    ...blacklist,
    settings,
    verify,
    sign,

    verifyAny(text) {
      const [usual] = settings.authTokenClasses;
      const verified = usual === undefined ? tokenRefusal("token_malformed") : verify(text, usual);
      // Nearly every token is valid and of the first class, which needs no waiting.
      return "token" in verified ? verified : verifyAsAny(text, verified);
    },

    isPasswordCurrent({ claims }, password) {
      if (!settings.checkRevokeToken) return true;
      const claim = claims.get(settings.revokeTokenClaim);
      return typeof claim === "string" && constantTimeEqual(claim, passwordHashClaim(password));
    },

    userIdOf: ({ claims }) => idIn(claims, settings.userIdClaim),
    decodeUnverified: backend.decodeUnverified,
  };
}
