/**
 * New tokens for a refresh token, and for a sliding one. Mirrors the serializers of simplejwt's refresh views, with one
 * difference: of many refreshes of one token that is to be blacklisted, exactly one succeeds.
 */

import { saltedHmac } from "../../crypto/salted_hmac.ts";
import { uuidHex } from "../../internal/random.ts";
import type { RandomBytes } from "../../types.ts";
import type { TokenBlacklist } from "./blacklist.ts";
import type { BlacklistApp } from "./blacklist_app.ts";
import { idIn } from "../claims/claims.ts";
import { refusal, type TokenRefusal } from "../claims/refusals.ts";
import type { JwtSettings } from "../options/settings.ts";
import type { OutstandingToken } from "./store.ts";
import { epochAfter, newJti, type SignedTokens, type Token } from "./token.ts";
import { endFault } from "./token_rules.ts";
import { type Examination, type TokenVerification, verdict } from "./verification.ts";

/** The second use of a refresh token that was rotated: an attacker may have a copy. */
export interface TokenReuse extends TokenRefusal {
  readonly code: "token_reused";
  /** The token; nothing of it is to be shown. */
  readonly token: Token;
  /** How many tokens of the user were blacklisted for it; none at a refresh where `revokeOnReuse` is off. */
  readonly revoked: number;
}

/** What can be done with refresh and sliding tokens. */
export interface TokenRefreshing {
  /**
   * Verifies a refresh token that is to be used up. As `verify(text, "refresh")`, but a token that was rotated is told
   * from one that was only blacklisted, and one within the grace passes here: `refresh()` decides.
   *
   * @throws {DatabaseUnavailable} `database_unavailable` when the blacklist cannot be asked
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   */
  verifyForRefresh(text: unknown): Promise<TokenVerification | TokenReuse>;
  /**
   * The new tokens for a refresh token; what became of its user is for the caller to ask before.
   *
   * @param token from `verifyForRefresh()`
   * @throws {DatabaseUnavailable} `database_unavailable` when the rotation cannot be noted
   * @throws {DatabaseError} `database_permission_denied` where the role may not note it
   * @throws {ImproperlyConfigured} `improperly_configured` where there is no key to sign with
   */
  refresh(token: Token): Promise<SignedTokens | TokenRefusal | TokenReuse>;
  /**
   * Blacklists a refresh token for good, as a logout does. One that was rotated is refused as blacklisted, also within the
   * grace, but what came of it ends: whoever logs out with it, it was to end, and a thief may be the one who has its successor.
   *
   * @param text whatever a stranger sent
   * @returns the token, which is blacklisted now where the app is installed
   * @throws {DatabaseUnavailable} `database_unavailable` when it cannot be noted
   * @throws {KeysUnavailable} `keys_unavailable` where the keys have to be fetched and cannot be
   */
  endRefresh(text: unknown): Promise<TokenVerification | TokenReuse>;
  /**
   * The same sliding token with a later end, as long as its `refresh_exp` has not passed.
   *
   * @param token from `verify(text, "sliding")`
   * @throws {ImproperlyConfigured} `improperly_configured` where there is no key to sign with
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

/** Makes the refreshing of one service of tokens. */
export function createRefreshing(options: RefreshingOptions): TokenRefreshing {
  const { settings, app, blacklist, sign } = options;
  const { rotationGrace, jtiClaim } = settings;

  /**
   * The identifiers that the successors of a token have. Known beforehand, they make a rotation countable on simplejwt's
   * own tables, whose identifiers are unique; without the secret nobody knows them.
   */
  function successorsOf(jti: string): string[] {
    return Array.from(
      { length: 1 + (rotationGrace?.tokens ?? 0) },
      (_, index) => uuidHex(saltedHmac(SUCCESSOR_SALT, `${index}:${jti}`, options.secretKey, "sha256")),
    );
  }

  /** The token that takes the place of another. Mirrors `set_jti`, `set_exp` and `set_iat` of the same object. */
  function successor(token: Token, jti: string): Token {
    const { currentTime } = token;
    const changes: [string, unknown][] = jtiClaim === null ? [] : [[jtiClaim, jti]];
    changes.push(["exp", epochAfter(currentTime, settings.refreshTokenLifetime)]);
    changes.push(["iat", epochAfter(currentTime)]);
    return { type: token.type, claims: token.claims.with(changes), currentTime };
  }

  /** @param ended how many tokens were blacklisted for it already */
  async function reused(token: Token, ended: number = 0): Promise<TokenReuse> {
    const userId = idIn(token.claims, settings.userIdClaim);
    const revoked = settings.revokeOnReuse ? await blacklist.blacklistUser(userId) : 0;
    return { ...refusal("token_reused"), code: "token_reused", token, revoked: ended + revoked };
  }

  /** A new refresh token in place of this one, or why there is none. */
  async function rotate(token: Token): Promise<string | TokenRefusal | TokenReuse> {
    const store = await app.installed();
    const current = store === null ? null : await app.rowOf(token);
    if (store === null || current === null) {
      const next = successor(token, newJti(options.randomBytes));
      await app.outstand(next);
      return await sign(next);
    }
    const outcome = await store.rotate({
      current,
      endsCurrent: settings.blacklistAfterRotation,
      grace: rotationGrace,
      successors: successorsOf(current.jti),
      issue: async (jti) =>
        await app.rowOf(successor(token, jti ?? newJti(options.randomBytes))) as OutstandingToken,
    });
    if (outcome.kind === "rotated") return outcome.next.token;
    return outcome.wasRotated ? await reused(token) : refusal("token_blacklisted");
  }

  return {
    async verifyForRefresh(text) {
      const examined = await options.examine(text, "refresh");
      if ("code" in examined || !examined.isBlacklisted || examined.fault !== null) return verdict(examined);
      const { token } = examined;
      const store = await app.installed();
      if (store === null || !settings.rotateRefreshTokens) return verdict(examined);
      if (rotationGrace !== null) return { token };
      const isReuse = await store.isOutstanding(successorsOf(token.claims.get(jtiClaim!) as string));
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
      const store = await app.installed();
      const current = store === null ? null : await app.rowOf(token);
      if (store === null || current === null) return { token };
      // Without rotation there are no successors that this server knows.
      const ofToken = settings.rotateRefreshTokens ? successorsOf : () => [];
      const outcome = await store.end({ current, grace: rotationGrace, successorsOf: ofToken });
      if (outcome.kind === "ended") return { token };
      return outcome.isReuse ? await reused(token, outcome.ended.length) : refusal("token_blacklisted");
    },

    async refreshSliding(token) {
      const { slidingTokenRefreshExpClaim, slidingTokenLifetime, leeway } = settings;
      const { claims, currentTime } = token;
      const fault = endFault(claims, slidingTokenRefreshExpClaim, leeway, currentTime / 1000);
      if (fault !== null) return fault;
      const changes: [string, unknown][] = [
        ["exp", epochAfter(currentTime, slidingTokenLifetime)],
        ["iat", epochAfter(currentTime)],
      ];
      return { token: await sign({ type: token.type, claims: claims.with(changes), currentTime }) };
    },
  };
}
