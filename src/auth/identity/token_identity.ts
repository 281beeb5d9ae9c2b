/**
 * Identifies the user of a token: `JWTAuthentication` of simplejwt, with the same order of checks (token, user,
 * activity, password) and the same response bodies.
 */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import type { TokenRefusalCode } from "../../jwt/claims/refusals.ts";
import type { TokenType } from "../../jwt/options/options.ts";
import { CLASS_NAMES, isListedType, type Token } from "../../jwt/tokens/token.ts";
import type { TokenClassRefusal } from "../../jwt/tokens/tokens.ts";
import { requireKeyType } from "../../users/key_column.ts";
import { isSameKey, parsePrimaryKey } from "../../users/primary_key.ts";
import type { UserFinder } from "../../users/store.ts";
import type { User } from "../../users/user.ts";
import type { UserId } from "../../users/user_table.ts";
import type { IdentityServices } from "../core/core.ts";
import { type Identity, type RefusalBody, refusedIdentity } from "./identity.ts";
import type { TokenService } from "../core/token_service.ts";

/** The services that {@link identifyToken} needs. */
export interface TokenIdentityServices<Row extends object> extends IdentityServices<Row> {
  readonly users: UserFinder<Row>;
}

/** Options of {@link identifyToken}. */
export interface TokenQuestion<Row extends object> {
  /**
   * Whether the login outlives the request, as a socket does: then access tokens are looked up in the blacklist as
   * well, with or without `checkAccessTokens`.
   */
  readonly isLasting?: boolean;
  /** Where the user is looked up; by default in the `users` of the services. */
  readonly users?: UserFinder<Row>;
}

const REVOKED: ReadonlySet<TokenRefusalCode> = new Set(["token_blacklisted", "token_reused"]);

/** Returns the code of a refused token as used for requests and sockets. */
export function refusedTokenCode(code: TokenRefusalCode): NotAuthenticatedCode {
  if (code === "token_expired" || code === "token_refresh_expired") return "token_expired";
  return REVOKED.has(code) ? "token_revoked" : "token_invalid";
}

/** Identifies the user of an encoded token. */
export async function identifyToken<Row extends object>(
  text: string,
  service: TokenService<Row>,
  services: TokenIdentityServices<Row>,
  { isLasting = false, users }: TokenQuestion<Row> = {},
): Promise<Identity<Row>> {
  const { tokens, transport } = service;
  const verified = await tokens.verifyAny(text);
  if ("code" in verified) return refusedIdentity(refusedTokenCode(verified.code), anyType(verified.messages));
  const { token } = verified;
  // For the other types, the blacklist was already queried.
  const isAsked = !isListedType(token.type) && (isLasting || transport.checkAccessTokens);
  const refused = isAsked ? await tokens.blacklistRefusal(token) : null;
  if (refused !== null) {
    const token_class = CLASS_NAMES[token.type as TokenType];
    const messages = [{ token_class, token_type: token.type, message: refused.message }];
    return refusedIdentity(refusedTokenCode(refused.code), anyType(messages));
  }
  return await identifyVerified(token, service, services, users);
}

/**
 * Identifies the user of a verified token.
 *
 * @param users where the user is looked up
 */
export async function identifyVerified<Row extends object>(
  token: Token,
  service: TokenService<Row>,
  services: TokenIdentityServices<Row>,
  users: UserFinder<Row> = services.users,
): Promise<Identity<Row>> {
  const { tokens } = service;
  const { userIdClaim, checkUserIsActive } = tokens.settings;
  if (!token.claims.has(userIdClaim)) {
    const detail = "Token contained no recognizable user identification";
    return refusedIdentity("token_invalid", { detail, code: "token_not_valid" });
  }
  const found = await findTokenUser(tokens.userIdOf(token), service, services, users);
  if (found === null || found === "malformed") {
    return refusedIdentity("user_not_found", { detail: "User not found", code: "user_not_found" });
  }
  const { user, password } = found;
  if (checkUserIsActive && !user.isActive) {
    return refusedIdentity("user_inactive", { detail: "User is inactive", code: "user_inactive" });
  }
  if (!tokens.isPasswordCurrent(token, password)) {
    const detail = "The user's password has been changed.";
    return refusedIdentity("password_changed", { detail, code: "password_changed" });
  }
  return { user, refusal: null, upkeep: null, token };
}

/** Returns the user named by a claim, with the encoded password; `malformed` for a claim that cannot name a user. */
export async function findTokenUser<Row extends object>(
  claim: unknown,
  service: TokenService<Row>,
  services: TokenIdentityServices<Row>,
  users: UserFinder<Row> = services.users,
): Promise<{ readonly user: User<Row>; readonly password: string } | "malformed" | null> {
  const key = userKeyOf(claim, service, services);
  if (key === null) return "malformed";
  const { userIdField } = service.tokens.settings;
  const { table, userOf } = services;
  const record = userIdField === table.primaryKey
    ? await users.findById(key)
    : await users.findByColumn(userIdField, key);
  return record === null ? null : { user: userOf(record), password: record.password };
}

/** Returns whether a token names this user, in any spelling of the key: other issuers format UUIDs differently. */
export function namesUser<Row extends object>(
  token: Token,
  user: User<Row>,
  service: Pick<TokenService<Row>, "tokens">,
  services: Pick<IdentityServices<Row>, "table">,
): boolean {
  const { tokens } = service;
  const key = userKeyOf(tokens.userIdOf(token), service, services);
  const column = tokens.settings.userIdField as keyof Row & string;
  const own = user.get(column) as UserId | null;
  // A user without a value there is not the one named "null".
  return key !== null && own !== null && isSameKey(key, own);
}

/** Returns the claim of a token as a value of the column `jwt.userIdField`; `null` if it cannot be one. */
export function userKeyOf<Row extends object>(
  claim: unknown,
  { tokens }: Pick<TokenService<Row>, "tokens">,
  { table }: Pick<IdentityServices<Row>, "table">,
): UserId | null {
  const { userIdField } = tokens.settings;
  return parsePrimaryKey(requireKeyType(table, "jwt.userIdField", userIdField), claim);
}

function anyType(messages: readonly TokenClassRefusal[]): RefusalBody {
  return { detail: "Given token not valid for any token type", code: "token_not_valid", messages };
}
