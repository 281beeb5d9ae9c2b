/** A token that a socket rests on: it lives as long as the token, and a moment longer for its successor to come. */

import type { AuthCore } from "../../auth/core/core.ts";
import { type Identity, nobody } from "../../auth/identity/session_identity.ts";
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

/** A token that was found valid: it ends by its own time, by the blacklist, or with its user or the password of that. */
export class TokenBasis<Row extends object> implements SocketBasis<Row> {
  readonly tokenId: string | null;
  readonly tokenHash: number | null;
  readonly issuedAt: number | null;
  readonly expiresAt: number;
  readonly #core: AuthCore<Row>;
  /** With the claims alone that are looked at again. */
  readonly #token: Token;
  /** The encoded password that its user had: a new one ends the socket, whether or not the token goes on. */
  readonly #password: string;

  /**
   * @param token one that was found valid
   * @param user whom it names
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
    // Every token ends: one without `exp` is refused. As long as it would open a socket, none closes for it.
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
   * Whether it has expired or was blacklisted, and its user. A socket is looked at seldom, so that access tokens are
   * looked up in the blacklist here as well.
   *
   * It takes no user that is known by now: one who has saved a new password is still known by the one that was read first, and so
   * would never be seen to have another.
   */
  async look(): Promise<Identity<Row>> {
    const service = requireTokens(this.#core);
    if (this.#core.clock.now() >= this.expiresAt) return nobody("token_expired");
    const refusal = service.tokens.blacklistRefusal(this.#token);
    const asked = identifyVerified(this.#token, service, this.#core);
    // A user's row that cannot be read must not keep the socket of a blacklisted token alive.
    asked.catch(() => {});
    const refused = await refusal;
    if (refused !== null) return nobody(refusedTokenCode(refused.code));
    const identity = await asked;
    const { user } = identity;
    const isChanged = user !== null && !constantTimeEqual(passwordAsRead(user), this.#password);
    return isChanged ? nobody("password_changed") : identity;
  }
}
