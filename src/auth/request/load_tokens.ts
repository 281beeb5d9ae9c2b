/** Loads the tokens of a request into a store. */

import type { Token } from "../../jwt/tokens/token.ts";
import type { AnyVerification } from "../../jwt/tokens/tokens.ts";
import type { AuthCore } from "../core/core.ts";
import { type Credential, credentialsOf, type CredentialSource } from "../identity/credentials.ts";
import { JwtStore, type JwtStoreParts } from "./jwt_store.ts";
import type { TokenService } from "../core/token_service.ts";

/** The part of a request that is read. */
export interface TokenSource<Row extends object> extends CredentialSource {
  readonly core: AuthCore<Row>;
}

/** The access token that takes precedence. */
export interface LoadedAccess {
  /** `null` if none is valid. */
  readonly access: Token | null;
  readonly isExpired: boolean;
  readonly isInCookie: boolean;
}

/** The result if the request has no token. */
const NONE: LoadedAccess = { access: null, isExpired: false, isInCookie: false };

/**
 * Reads the access token alone, in the same order as the request's identity: a token that the client sent explicitly
 * decides, and an expired cookie gives way to the next token. No query, unless `authTokenClasses` includes sliding
 * tokens.
 */
export function loadAccess<Row extends object>(
  source: CredentialSource,
  { tokens, transport }: Pick<TokenService<Row>, "tokens" | "transport">,
): LoadedAccess | Promise<LoadedAccess> {
  const credentials = credentialsOf(source, transport);
  const [first] = credentials;
  if (first?.kind !== "token") return loadNext(credentials, tokens);
  const answer = tokens.verifyAny(first.text);
  // As nearly always: the first one is valid, and verified synchronously.
  return "token" in answer
    ? { access: answer.token, isExpired: false, isInCookie: first.place === "cookie" }
    : loadNext(credentials, tokens, answer);
}

/** @param firstAnswer the verification of the first credential, if it was started */
async function loadNext<Row extends object>(
  credentials: readonly Credential[],
  tokens: TokenService<Row>["tokens"],
  firstAnswer?: AnyVerification | Promise<AnyVerification>,
): Promise<LoadedAccess> {
  let first: LoadedAccess | null = null;
  for (const [index, credential] of credentials.entries()) {
    if (credential.kind === "malformed") break;
    if (credential.kind !== "token") continue;
    const isInCookie = credential.place === "cookie";
    const asked = index === 0 ? firstAnswer : undefined;
    const verified = await (asked ?? tokens.verifyAny(credential.text));
    if ("token" in verified) return { access: verified.token, isExpired: false, isInCookie };
    first ??= { access: null, isExpired: verified.code === "token_expired", isInCookie };
    if (!credential.isAmbient) break;
  }
  return first ?? NONE;
}

/** Opens the store with the access token, and the refresh token in its cookie. */
export async function loadTokens<Row extends object>(
  source: TokenSource<Row>,
  service: TokenService<Row>,
): Promise<JwtStore<Row>> {
  const [access, refresh] = await Promise.all([loadAccess(source, service), refreshToken(source, service)]);
  return new JwtStore({ service, clock: source.core.clock, ...access, ...refresh });
}

async function refreshToken<Row extends object>(
  source: CredentialSource,
  { tokens, transport: { cookies } }: TokenService<Row>,
): Promise<Pick<JwtStoreParts<Row>, "refresh" | "isRefreshEnded">> {
  const text = cookies === null ? undefined : source.cookie(cookies.refresh.name);
  if (!text) return { refresh: null, isRefreshEnded: false };
  const verified = await tokens.verify(text, "refresh");
  return "token" in verified
    ? { refresh: verified.token, isRefreshEnded: false }
    : { refresh: null, isRefreshEnded: verified.code === "token_blacklisted" };
}
