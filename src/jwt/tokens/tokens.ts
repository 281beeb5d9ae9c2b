/**
 * simplejwt's tokens: made, minted from each other, and verified for what they are used for. Mirrors
 * `rest_framework_simplejwt/tokens.py`. Refreshing stands in `refresh.ts`, keys and text in `backend.ts`.
 */

import { constantTimeEqual } from "../../internal/bytes.ts";
import { SYSTEM_CLOCK } from "../../internal/time/clock.ts";
import { SYSTEM_RANDOM } from "../../internal/random.ts";
import type { Clock, RandomBytes } from "../../types.ts";
import { createTokenBackend } from "../jws/backend.ts";
import type { KeySet } from "../jws/key_set.ts";
import { createBlacklist, type TokenBlacklist } from "./blacklist.ts";
import { createBlacklistApp } from "./blacklist_app.ts";
import { idIn, TokenClaims } from "../claims/claims.ts";
import { encodable } from "../claims/encodable.ts";
import { customClaims, ownClaims } from "../claims/own_claims.ts";
import { createRefreshing, type TokenRefreshing } from "./refresh.ts";
import { refusal, type TokenRefusal } from "../claims/refusals.ts";
import type { JwtSettings } from "../options/settings.ts";
import { createSignatures } from "../jws/create_signatures.ts";
import type { TokenStore } from "./store.ts";
import {
  type AnyTokenType,
  CLASS_NAMES,
  epochAfter,
  isListedType,
  lifetimeOf,
  newJti,
  passwordMark,
  type Token,
} from "./token.ts";
import { createExaminer, type TokenVerification, verdict } from "./verification.ts";

/** What tokens need to know about a user. */
export interface TokenSubject {
  /** The primary key. */
  readonly pk: string | number | bigint;
  /** The value of `userIdField`, which need not be the primary key; `null` where the user has none. */
  readonly userId: string | number | bigint | null;
  /** The encoded password. */
  readonly password: string;
}

/** The dependencies of {@link createTokens}. */
export interface TokensOptions<User> {
  /** From `jwtSettings()`. */
  readonly settings: JwtSettings<User>;
  /** Django's `SECRET_KEY`: from it come the identifiers of rotated tokens. */
  readonly secretKey: string;
  /** What tokens are made of for a user. */
  readonly subjectOf: (user: User) => TokenSubject;
  /** The blacklist app's tables; `null` where it is not installed. */
  readonly store?: TokenStore | null | undefined;
  /** The present moment; the machine's clock if not given. */
  readonly clock?: Clock | undefined;
  /** Makes identifiers; the machine's source if not given. */
  readonly randomBytes?: RandomBytes | undefined;
  /** The keys of `jwkUrl`, where there is one. */
  readonly keys?: KeySet | null | undefined;
}

/** One of the types that a request's token was held against, as simplejwt's response lists them. */
export interface TokenClassRefusal {
  /** simplejwt's name of the class, such as `AccessToken`. */
  readonly token_class: string;
  /** What the class calls its type. */
  readonly token_type: string;
  /** simplejwt's words. */
  readonly message: string;
}

/** A token that signs a request in, or why none of `authTokenClasses` takes it. */
export type AnyVerification =
  | { readonly token: Token }
  | (TokenRefusal & { readonly messages: readonly TokenClassRefusal[] });

/** The service of tokens; see {@link createTokens}. */
export interface Tokens<User> extends TokenRefreshing, TokenBlacklist {
  /** What it was made with. */
  readonly settings: JwtSettings<User>;
  /**
   * Verifies a token for one use: its shape, header, signature and times; `iss` and `aud`; for refresh and sliding tokens
   * the blacklist; then that it ends, has an identifier and is of this type. The order, and so the reason, is simplejwt's.
   *
   * @param text whatever a stranger sent
   * @throws {DatabaseUnavailable} `database_unavailable` when the blacklist cannot be asked
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   */
  verify(text: unknown, type: AnyTokenType): TokenVerification | Promise<TokenVerification>;
  /**
   * Verifies a token that shall sign a request in, as any of `authTokenClasses`; `messages` has a refusal for each.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the blacklist cannot be asked
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   */
  verifyAny(text: unknown): AnyVerification | Promise<AnyVerification>;
  /**
   * A new token without a user, not yet signed.
   *
   * @param lifetime in seconds; what is configured for the type if not given
   * @throws {TypeError} for a type of your own without its lifetime
   */
  create(type: AnyTokenType, lifetime?: number): Token;
  /**
   * A new token for a user, with the marks and claims that are configured; refresh and sliding tokens are outstanding
   * from now on. Mirrors `Token.for_user` and the serializers' `get_token`. Whether the user is active is not asked.
   *
   * @param lifetime in seconds; what is configured for the type if not given
   * @throws {DatabaseUnavailable} `database_unavailable` when it cannot be noted
   * @throws {DatabaseError} `database_permission_denied` where the role may not note it
   * @throws {ImproperlyConfigured} `improperly_configured` where it is to be noted and there is no key to sign it with
   * @throws {TypeError} where the user has no value in the column `userIdField`, or the hook `claims` answers no object, what
   * JSON cannot hold, or a claim that is the token's own
   */
  forUser(type: AnyTokenType, user: User, lifetime?: number): Promise<Token>;
  /** The access token that belongs to a refresh token: its claims, and an end reckoned from when that was read. */
  accessFrom(refresh: Token): Token;
  /**
   * The text of a token.
   *
   * @throws {TypeError} where `iss` among the claims is not text
   * @throws {ImproperlyConfigured} `improperly_configured` where there is no key to sign with, or it cannot be used
   */
  sign(token: Token): string | Promise<string>;
  /** Whether a token's mark belongs to this encoded password; always, where `checkRevokeToken` is off. */
  isPasswordCurrent(token: Token, password: string): boolean;
  /** The claim that names the user: a text, but for older releases and other issuers it may be anything. */
  userIdOf(token: Token): unknown;
  /** The claims of a token that nobody has checked; `null` where it is not a token. Never decide anything by them. */
  decodeUnverified(text: unknown): TokenClaims | null;
}

/**
 * Makes the service.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a key that does not belong to the algorithm
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
  const own = ownClaims(settings);
  const app = createBlacklistApp({ settings, store, sign });
  const blacklist = createBlacklist(app);
  const examine = createExaminer({ backend, blacklist, settings, hasStore: store !== null, clock });

  function create(type: AnyTokenType, lifetime: number = lifetimeOf(type, settings)): Token {
    const currentTime = clock.now();
    const { tokenTypeClaim, jtiClaim, slidingTokenRefreshExpClaim, slidingTokenRefreshLifetime } = settings;
    const claims: [string, unknown][] = [];
    if (tokenTypeClaim !== null) claims.push([tokenTypeClaim, type]);
    claims.push(["exp", epochAfter(currentTime, lifetime)], [
      "iat",
      epochAfter(currentTime),
    ]);
    if (jtiClaim !== null) claims.push([jtiClaim, newJti(randomBytes)]);
    if (type === "sliding") {
      claims.push([slidingTokenRefreshExpClaim, epochAfter(currentTime, slidingTokenRefreshLifetime)]);
    }
    return { type, claims: TokenClaims.EMPTY.with(claims), currentTime };
  }

  function verify(text: unknown, type: AnyTokenType): TokenVerification | Promise<TokenVerification> {
    const examined = examine(text, type);
    return examined instanceof Promise ? examined.then(verdict) : verdict(examined);
  }

  /** @param first what {@link verify} has answered for the first class */
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
    return { ...refused ?? refusal("token_malformed"), messages };
  }

  async function forUser(type: AnyTokenType, user: User, lifetime?: number): Promise<Token> {
    const { userIdClaim, checkRevokeToken, revokeTokenClaim, jsonEncoder } = settings;
    const { pk, userId, password } = subjectOf(user);
    // As text it would be the name of another user: of the one who is called "null".
    if (userId == null) throw namelessUser(settings.userIdField);
    const made = create(type, lifetime);
    const changes: [string, unknown][] = [[userIdClaim, String(userId)]];
    if (checkRevokeToken) changes.push([revokeTokenClaim, passwordMark(password)]);
    const custom = settings.claims == null ? [] : customClaims(await settings.claims(user), own);
    for (const [name, value] of custom) changes.push([name, encodable(value, jsonEncoder)]);
    const token = { ...made, claims: made.claims.with(changes) };
    if (isListedType(type)) await app.outstand(token, pk);
    return token;
  }

  function accessFrom(refresh: Token): Token {
    const { tokenTypeClaim, jtiClaim, accessTokenLifetime } = settings;
    const access = create("access");
    const claims = access.claims.with([["exp", epochAfter(refresh.currentTime, accessTokenLifetime)]]);
    // What a token is known by, and when it begins and ends, is its own.
    const kept = new Set([
      "exp",
      "jti",
      "iat",
      ...[tokenTypeClaim, jtiClaim].filter((name) => name !== null),
    ]);
    return { ...access, claims: claims.withAll(refresh.claims, kept) };
  }

  return {
    ...createRefreshing({
      settings,
      secretKey: options.secretKey,
      app,
      blacklist,
      randomBytes,
      examine,
      accessFrom,
      sign,
    }),
    ...blacklist,
    settings,
    verify,
    create,
    forUser,
    accessFrom,
    sign,

    verifyAny(text) {
      const [usual] = settings.authTokenClasses;
      const verified = usual === undefined ? refusal("token_malformed") : verify(text, usual);
      // Nearly every token is good and of the first class: nothing is waited for.
      return "token" in verified ? verified : verifyAsAny(text, verified);
    },

    isPasswordCurrent({ claims }, password) {
      if (!settings.checkRevokeToken) return true;
      const mark = claims.get(settings.revokeTokenClaim);
      return typeof mark === "string" && constantTimeEqual(mark, passwordMark(password));
    },

    userIdOf: ({ claims }) => idIn(claims, settings.userIdClaim),
    decodeUnverified: backend.decodeUnverified,
  };
}

function namelessUser(userIdField: string): TypeError {
  return new TypeError(
    `jwt.userIdField is ${
      JSON.stringify(userIdField)
    }, which is NULL for this user, so that no token can name it: ` +
      "give the user a value there, or choose a column that is NOT NULL",
  );
}
