/** The token that a socket rests on, until it expires and for a short grace time in which its successor may come. */

import type { AuthCore } from "../../auth/core/core.ts";
import { type Identity, nobody } from "../../auth/identity/identity.ts";
import { identifyVerified, refusedTokenCode } from "../../auth/identity/token_identity.ts";
import { requireTokens } from "../../auth/core/token_service.ts";
import { constantTimeEqual } from "../../internal/bytes.ts";
import { passwordAsRead } from "../../users/django_user.ts";
import type { User } from "../../users/user.ts";
import { shortHash } from "../../crypto/short_hash.ts";
import { expiryOf } from "../../jwt/claims/claim_rules.ts";
import { idIn, TokenClaims } from "../../jwt/claims/claims.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import type { SocketBasis } from "./basis.ts";

/** A verified token: it ends by expiry, by the blacklist, or with its user or that user's password. */
export class TokenBasis<Row extends object> implements SocketBasis<Row> {
  readonly tokenId: string | null;
  readonly tokenHash: number | null;
  readonly issuedAt: number | null;
  readonly expiresAt: number;
  readonly #core: AuthCore<Row>;
  /** With only the claims needed for rechecks. */
  readonly #token: Token;
  /** The user's encoded password: a new one ends the socket, even if the token stays valid. */
  readonly #password: string;

  /**
   * @param token one that was verified
   * @param user the user that it names
   */
  constructor(core: AuthCore<Row>, token: Token, user: User<Row>) {
    const { tokens, transport } = requireTokens(core);
    const { userIdClaim, jtiClaim, revokeTokenClaim, leeway } = tokens.settings;
    const id = jtiClaim === null ? null : token.claims.get(jtiClaim);
    const issuedAt = token.claims.get("iat");
    this.#core = core;
    this.#password = passwordAsRead(user);
    this.tokenId = typeof id === "string" ? id : null;
    this.tokenHash = this.tokenId === null ? null : shortHash(this.tokenId);
    this.issuedAt = typeof issuedAt === "number" ? issuedAt * 1000 : null;
    // Tokens without `exp` are refused. A socket does not close while its token could still open a new one.
    this.expiresAt = (expiryOf(token.claims) + Math.max(transport.socketGrace, leeway)) * 1000;
    const kept = [userIdClaim, jtiClaim, revokeTokenClaim].filter((name) => name !== null);
    this.#token = {
      type: token.type,
      currentTime: token.currentTime,
      claims: TokenClaims.EMPTY.with(
        kept.filter((name) => token.claims.has(name)).map((name) => [name, idIn(token.claims, name)]),
      ),
    };
  }

  get sessionKey(): null {
    return null;
  }

  get sessionHash(): null {
    return null;
  }

  get stored(): null {
    return null;
  }

  /**
   * Checks expiry and blacklist, and reads the user. Rechecks are rare, so that access tokens are looked up in the
   * blacklist as well.
   *
   * Ignores the known user: `User` objects keep the password as first read, so that a changed one would go unnoticed.
   */
  async identify(): Promise<Identity<Row>> {
    const service = requireTokens(this.#core);
    if (this.#core.clock.now() >= this.expiresAt) return nobody("token_expired");
    const refusal = service.tokens.blacklistRefusal(this.#token);
    const asked = identifyVerified(this.#token, service, this.#core);
    // An unreadable user row must not keep the socket of a blacklisted token alive.
    asked.catch(() => {});
    const refused = await refusal;
    if (refused !== null) return nobody(refusedTokenCode(refused.code));
    const identity = await asked;
    const { user } = identity;
    const isChanged = user !== null && !constantTimeEqual(passwordAsRead(user), this.#password);
    return isChanged ? nobody("password_changed") : identity;
  }
}
