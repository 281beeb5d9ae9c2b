/**
 * Whom a token names: `JWTAuthentication` of simplejwt. Its order is kept (token, user, activity, password), and so are its
 * words in the body of a refusal.
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
import type { Identity } from "./session_identity.ts";
import type { TokenService } from "../core/token_service.ts";

/** What {@link identifyToken} needs. */
export interface TokenIdentityServices<Row extends object> extends IdentityServices<Row> {
  readonly users: UserFinder<Row>;
}

/** How {@link identifyToken} is asked. */
export interface TokenQuestion<Row extends object> {
  /**
   * Whether what rests on the token outlives a request, as a socket does: then the blacklist is asked about access tokens as
   * well, with or without `checkAccessTokens`.
   */
  readonly isLasting?: boolean;
  /** Where the user is looked for; those of the services if not given. */
  readonly users?: UserFinder<Row>;
}

/** The JSON that simplejwt answers a refused token with. */
export type RefusalBody = Readonly<Record<string, unknown>>;

const REVOKED: ReadonlySet<TokenRefusalCode> = new Set(["token_blacklisted", "token_reused"]);

/** The code of a refused token among those of requests and sockets. */
export function refusedTokenCode(code: TokenRefusalCode): NotAuthenticatedCode {
  if (code === "token_expired" || code === "token_refresh_expired") return "token_expired";
  return REVOKED.has(code) ? "token_revoked" : "token_invalid";
}

/** Whom the text of a token names, or why nobody. */
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
  // Of the other types, the blacklist was asked already.
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
 * Whom a token names that was found valid.
 *
 * @param users where its user is looked for
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

/** The user that a claim names, with the encoded password; `malformed` for what can name nobody. */
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

/** Whether a token names this user, in whatever spelling of the key: other issuers write a UUID in their own way. */
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
  // Whoever has no value there is not the user who is called "null".
  return key !== null && own !== null && isSameKey(key, own);
}

/** Whom the claim of a token means, as a value of the column that tokens name users by; `null` where it means nobody. */
export function userKeyOf<Row extends object>(
  claim: unknown,
  { tokens }: Pick<TokenService<Row>, "tokens">,
  { table }: Pick<IdentityServices<Row>, "table">,
): UserId | null {
  const { userIdField } = tokens.settings;
  return parsePrimaryKey(requireKeyType(table, "jwt.userIdField", userIdField), claim);
}

/** An identity without a user, and simplejwt's words for it. */
export function refusedIdentity<Row extends object>(
  code: NotAuthenticatedCode,
  body: RefusalBody,
): Identity<Row> {
  return { user: null, refusal: code, upkeep: null, body };
}

function anyType(messages: readonly TokenClassRefusal[]): RefusalBody {
  return { detail: "Given token not valid for any token type", code: "token_not_valid", messages };
}
