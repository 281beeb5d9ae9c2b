/** Checks of the token of a socket in which one of the two queries fails. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AuthCore } from "../../../src/auth/core/core.ts";
import { TokenClaims } from "../../../src/jwt/claims/claims.ts";
import { type TokenRefusal, tokenRefusal } from "../../../src/jwt/claims/refusals.ts";
import { createUserFactory } from "../../../src/users/django_user.ts";
import type { User } from "../../../src/users/user.ts";
import { userTable } from "../../../src/users/user_table.ts";
import { TokenBasis } from "../../../src/sockets/socket/token_basis.ts";

const NOW = 1_800_000_000;

/** The token with the parts of a site that the check uses. */
function basisWith(
  blacklistRefusal: () => Promise<TokenRefusal | null>,
  findUser: () => Promise<null>,
): TokenBasis<object> {
  const settings = {
    userIdClaim: "user_id",
    userIdField: "id",
    jtiClaim: "jti",
    revokeTokenClaim: "h",
    leeway: 0,
  };
  const userIdOf = ({ claims }: { claims: TokenClaims }) => claims.get("user_id");
  const core = {
    clock: { now: () => NOW * 1000 },
    users: { findById: findUser, findByColumn: findUser },
    table: { primaryKey: "id", primaryKeyType: "integer", columns: { id: "integer" } },
    jwt: { tokens: { settings, blacklistRefusal, userIdOf }, transport: { socketGrace: 25 } },
  };
  const claims = TokenClaims.EMPTY.with([["exp", NOW + 60], ["jti", "one"], ["user_id", "1"]]);
  const userOf = createUserFactory({ table: userTable(), store: {} as never, passwords: {} as never });
  const user = userOf({ row: { id: 1 } as never, password: "as it was" }) as unknown as User<object>;
  const token = { type: "access", claims, currentTime: NOW * 1000 };
  return new TokenBasis(core as unknown as AuthCore<object>, token, user);
}

const broken = (): Promise<never> => Promise.reject(new RangeError("a row that cannot be read"));

describe("the check of a socket's token", () => {
  test("refuses a blacklisted or malformed token even if the user's row cannot be read", async () => {
    for (
      const [code, expected] of [["token_blacklisted", "token_revoked"], [
        "token_malformed",
        "token_invalid",
      ]] as const
    ) {
      const identity = await basisWith(() => Promise.resolve(tokenRefusal(code)), broken).identify();
      assert.equal(identity.refusal, expected);
    }
  });

  test("throws if one query fails and the other one does not refuse the token", async () => {
    await assert.rejects(basisWith(() => Promise.resolve(null), broken).identify(), RangeError);
    await assert.rejects(basisWith(broken, () => Promise.resolve(null)).identify(), RangeError);
  });
});
