/** The token cookies of a response. */

import { expiredCookie, type SetCookie } from "../../internal/cookies.ts";
import { expiryOf } from "../../jwt/claims/claim_rules.ts";
import { TokenClaims } from "../../jwt/claims/claims.ts";
import type { Clock } from "../../types.ts";
import { internalsOf, type JwtStore } from "./jwt_store.ts";
import type { CookieSettings } from "../options/cookie_options.ts";
import type { TokenService } from "../core/token_service.ts";

/** Returns the cookies for the outcome of the tokens; none if cookies do not carry tokens. */
export async function tokenCookies<Row extends object>(
  store: JwtStore<Row>,
  { transport, tokens }: TokenService<Row>,
  clock: Clock,
): Promise<SetCookie[]> {
  const { cookies } = transport;
  const { outcome, revocable } = internalsOf(store);
  if (cookies === null || outcome === "nothing") return [];
  const { access, refresh } = cookies;
  if (outcome === "clear") return [access, refresh].map((cookie) => expiredCookie(cookie.name, cookie));
  const signed = await store.tokens();
  if (signed === null) return [];
  // Another request has used up the refresh token in the meantime, or logged out, even while this one refreshed it. Its
  // cookies are newer: the old refresh token would be taken for a stolen one, and the access token would undo the
  // logout.
  if ((await Promise.all(revocable.map((token) => tokens.isBlacklisted(token)))).includes(true)) return [];
  const now = clock.now();
  const endOf = (text: string): number => expiryOf(tokens.decodeUnverified(text) ?? TokenClaims.EMPTY) * 1000;
  const made = [cookieFor(access, signed.access, endOf(signed.access), now)];
  if (signed.refresh !== undefined) made.push(cookieFor(refresh, signed.refresh, endOf(signed.refresh), now));
  return made;
}

/** Returns a cookie that expires with its token. */
function cookieFor(settings: CookieSettings, value: string, end: number, now: number): SetCookie {
  return { ...settings, value, maxAge: Math.max(0, Math.floor((end - now) / 1000)), expires: new Date(end) };
}
