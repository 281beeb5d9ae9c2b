/**
 * Issues new tokens for refresh and sliding tokens. Mirrors the serializers of simplejwt's refresh views, with one
 * difference: of several concurrent refreshes that blacklist a token, exactly one succeeds.
 */

import { saltedHmac } from "../../crypto/salted_hmac.ts";
import { uuidHex } from "../../internal/random.ts";
import type { RandomBytes } from "../../types.ts";
import type { TokenBlacklist } from "./blacklist.ts";
import type { BlacklistApp } from "./blacklist_app.ts";
import { idIn } from "../claims/claims.ts";
import { type TokenRefusal, tokenRefusal } from "../claims/refusals.ts";
import type { JwtSettings } from "../options/settings.ts";
import { epochAfter, newJti, type SignedTokens, type Token } from "./token.ts";
import { refreshExpFault } from "./token_rules.ts";
import { type Examination, type TokenVerification, verdict } from "./verification.ts";

/** The reuse of a rotated refresh token: an attacker may have a copy. */
export interface TokenReuse extends TokenRefusal {
  readonly code: "token_reused";
  /** The token, of which nothing may be shown. */
  readonly token: Token;
  /** How many of the user's tokens were blacklisted because of it; 0 at a refresh without `revokeOnReuse`. */
  readonly revoked: number;
}

/** The operations on refresh and sliding tokens. */
export interface TokenRefreshing {
  /**
   * Verifies a refresh token for `refresh()`. Like `verify(text, "refresh")`, but distinguishes rotated tokens from
   * those that were only blacklisted, and accepts every blacklisted one if there is a grace: `refresh()` decides.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` if the blacklist cannot be queried
   * @throws {KeysUnavailable} `keys_unavailable` if the keys must be fetched and cannot be
   */
  verifyForRefresh(text: unknown): Promise<TokenVerification | TokenReuse>;
  /**
   * Issues new tokens for a refresh token. The caller checks its user before.
   *
   * @param token from `verifyForRefresh()`
   * @throws {DatabaseUnavailable} `database_unavailable` if the rotation cannot be stored
   * @throws {DatabaseError} `database_permission_denied` if the role may not store it
   * @throws {ImproperlyConfigured} `improperly_configured` if there is no signing key
   */
  refresh(token: Token): Promise<SignedTokens | TokenRefusal | TokenReuse>;
  /**
   * Blacklists a refresh token for good, as at a logout. A rotated token is refused as blacklisted, even within the
   * grace, but its successors end: the logout was meant for them, and a thief may hold them.
   *
   * @param text untrusted input
   * @returns the token, now blacklisted if the app is installed
   * @throws {DatabaseUnavailable} `database_unavailable` if the end cannot be stored
   * @throws {KeysUnavailable} `keys_unavailable` if the keys must be fetched and cannot be
   */
  endRefresh(text: unknown): Promise<TokenVerification | TokenReuse>;
  /**
   * Returns the same sliding token with a later expiry, unless its `refresh_exp` has passed.
   *
   * @param token from `verify(text, "sliding")`
   * @throws {ImproperlyConfigured} `improperly_configured` if there is no signing key
   */
  refreshSliding(token: Token): Promise<{ readonly token: string } | TokenRefusal>;
}

/** The dependencies of {@link createRefreshing}. */
export interface RefreshingOptions {
  readonly settings: JwtSettings<never>;
  readonly secretKey: string;
  readonly app: BlacklistApp;
  readonly blacklist: TokenBlacklist;
  readonly randomBytes: RandomBytes;
  readonly examine: (text: unknown, type: "refresh") => Examination | Promise<Examination>;
  readonly accessFrom: (refresh: Token) => Token;
  readonly sign: (token: Token) => string | Promise<string>;
}

const SUCCESSOR_SALT = "djauth.jwt.successor";

/** Creates the refreshing of one service of tokens. */
export function createRefreshing(options: RefreshingOptions): TokenRefreshing {
  const { settings, app, blacklist, sign } = options;
  const { rotationGrace, jtiClaim } = settings;

  /**
   * Computes the identifiers of a token's successors. As they are known in advance, rotations can be counted on
   * simplejwt's own tables, whose identifiers are unique; nobody can compute them without the secret.
   */
  function successorsOf(jti: string): string[] {
    return Array.from(
      { length: 1 + (rotationGrace?.tokens ?? 0) },
      (_, index) => uuidHex(saltedHmac(SUCCESSOR_SALT, `${index}:${jti}`, options.secretKey, "sha256")),
    );
  }

  /** Returns the token that replaces another one. Mirrors `set_jti`, `set_exp` and `set_iat` on the same object. */
  function successor(token: Token, jti: string): Token {
    const { currentTime } = token;
    const changes: [string, unknown][] = jtiClaim === null ? [] : [[jtiClaim, jti]];
    changes.push(["exp", epochAfter(currentTime, settings.refreshTokenLifetime)]);
    changes.push(["iat", epochAfter(currentTime)]);
    return { type: token.type, claims: token.claims.with(changes), currentTime };
  }

  /** @param ended how many tokens were already blacklisted because of it */
  async function reused(token: Token, ended: number = 0): Promise<TokenReuse> {
    const userId = idIn(token.claims, settings.userIdClaim);
    const revoked = settings.revokeOnReuse ? await blacklist.blacklistUser(userId) : 0;
    return { ...tokenRefusal("token_reused"), code: "token_reused", token, revoked: ended + revoked };
  }

  /** Returns the refresh token that replaces this one, or why there is none. */
  async function rotate(token: Token): Promise<string | TokenRefusal | TokenReuse> {
    const entry = await app.entryOf(token);
    if (entry === null) {
      const next = successor(token, newJti(options.randomBytes));
      await app.outstand(next);
      return await sign(next);
    }
    const outcome = await entry.store.rotate({
      current: entry.row,
      endsCurrent: settings.blacklistAfterRotation,
      grace: rotationGrace,
      successors: successorsOf(entry.row.jti),
      // The identifier is one of ours, which every row can have.
      issue: async (jti) => (await app.rowOf(successor(token, jti ?? newJti(options.randomBytes))))!,
    });
    if (outcome.kind === "rotated") return outcome.next.token;
    return outcome.wasRotated ? await reused(token) : tokenRefusal("token_blacklisted");
  }

  return {
    async verifyForRefresh(text) {
      const examined = await options.examine(text, "refresh");
      if ("code" in examined || !examined.isBlacklisted || examined.fault !== null) return verdict(examined);
      const { token } = examined;
      const store = await app.installed();
      const jti = app.jtiOf(token);
      if (store === null || jti === null || !settings.rotateRefreshTokens) return verdict(examined);
      if (rotationGrace !== null) return { token };
      const isReuse = await store.isOutstanding(successorsOf(jti));
      return isReuse ? await reused(token) : verdict(examined);
    },

    async refresh(token) {
      if (!settings.rotateRefreshTokens) return { access: await sign(options.accessFrom(token)) };
      const refresh = await rotate(token);
      if (typeof refresh !== "string") return refresh;
      return { access: await sign(options.accessFrom(token)), refresh };
    },

    async endRefresh(text) {
      const examined = await options.examine(text, "refresh");
      if ("code" in examined || examined.fault !== null) return verdict(examined);
      const { token } = examined;
      const entry = await app.entryOf(token);
      if (entry === null) return { token };
      // Without rotation, this server knows of no successors.
      const ofToken = settings.rotateRefreshTokens ? successorsOf : () => [];
      const outcome = await entry.store.end({
        current: entry.row,
        grace: rotationGrace,
        successorsOf: ofToken,
      });
      if (outcome.kind === "ended") return { token };
      return outcome.isReuse ? await reused(token, outcome.ended.length) : tokenRefusal("token_blacklisted");
    },

    async refreshSliding(token) {
      const { slidingTokenRefreshExpClaim, slidingTokenLifetime, leeway } = settings;
      const { claims, currentTime } = token;
      const fault = refreshExpFault(claims, slidingTokenRefreshExpClaim, leeway, currentTime / 1000);
      if (fault !== null) return fault;
      const changes: [string, unknown][] = [
        ["exp", epochAfter(currentTime, slidingTokenLifetime)],
        ["iat", epochAfter(currentTime)],
      ];
      return { token: await sign({ type: token.type, claims: claims.with(changes), currentTime }) };
    },
  };
}
