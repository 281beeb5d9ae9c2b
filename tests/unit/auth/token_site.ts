/** An in-memory site that accepts simplejwt's tokens, and requests with them. */

import type { RequestContext } from "../../../src/auth/request/context.ts";
import type { JwtAuthOptions } from "../../../src/auth/options/jwt_options.ts";
import type { DjangoAuthOptions } from "../../../src/auth/options/options.ts";
import type { DjangoAuth } from "../../../src/django_auth.ts";
import type { JwtOptions } from "../../../src/jwt/options/options.ts";
import { TokenClaims } from "../../../src/jwt/claims/claims.ts";
import { jwtSettings } from "../../../src/jwt/options/settings.ts";
import type { AnyTokenType } from "../../../src/jwt/tokens/token.ts";
import { createTokens } from "../../../src/jwt/tokens/tokens.ts";
import { requestTo, SECRET_KEY, type Site, siteWith } from "./site.ts";

/** The initial time of these sites. */
export const NOW = Date.parse("2026-07-01T12:00:00Z");

/** Tokens in cookies, of which the access token needs no HTTPS. */
export const COOKIES = {
  cookies: { access: { cookieSecure: false }, refresh: { cookiePath: "/api/token/" } },
};

/** A site with tokens and without the blacklist app; its clock can be set. */
export async function tokenSite(
  jwt: JwtAuthOptions = {},
  options: Partial<DjangoAuthOptions> = {},
): Promise<Site & { clock: { time: number; now(): number } }> {
  const clock = { time: NOW, now: (): number => clock.time };
  const site = await siteWith({ clock, ...options, jwt: { blacklist: false, ...jwt } });
  return { ...site, clock };
}

/** The properties of a token made by another server. */
export interface TokenWish {
  readonly type?: AnyTokenType;
  readonly userId?: string | number;
  readonly key?: string;
  readonly password?: string;
  /** When it is made, in milliseconds since the epoch. */
  readonly at?: number;
  readonly settings?: JwtAuthOptions;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The claim `user_id` as JSON, as another issuer may write it. */
  readonly userIdJson?: string;
}

/** A token as Django would issue it. */
export async function tokenFor(wish: TokenWish = {}): Promise<string> {
  const { type = "access", userId = 1, password = "", at = NOW, claims = {} } = wish;
  const secretKey = wish.key ?? SECRET_KEY;
  const tokens = createTokens({
    settings: jwtSettings<null>({
      ...(wish.settings as JwtOptions<null>),
      blacklist: false,
    }, secretKey),
    secretKey,
    subjectOf: () => ({ pk: userId, userId, password }),
    clock: { now: () => at },
  });
  const plain = await tokens.forUser(type, null);
  const made = { ...plain, claims: plain.claims.with(Object.entries(claims)) };
  if (wish.userIdJson === undefined) return await tokens.sign(made);
  const named = TokenClaims.fromText(`{"user_id":${wish.userIdJson}}`)!;
  return await tokens.sign({ ...made, claims: named.withAll(made.claims, new Set(["user_id"])) });
}

/** A request with a token in its header. */
export function bearer(token: string, init: RequestInit & { path?: string } = {}): Request {
  const { path = "/", headers, ...rest } = init;
  return requestTo(path, {
    ...rest,
    headers: { ...headers as Record<string, string>, authorization: `Bearer ${token}` },
  });
}

/** The user of a request, or the reason why there is none. */
export async function seen(
  auth: DjangoAuth,
  request: Request,
): Promise<{ user: string | null; refusal: string | null }> {
  const context = auth.context(request);
  return { user: (await context.user())?.username ?? null, refusal: await context.refusal() };
}

/** The response of a page behind `userRequired()`. */
export async function guarded(auth: DjangoAuth, request: Request): Promise<Response> {
  return await auth.handle(
    request,
    auth.userRequired((_request, _context, user) => Response.json(user.username)),
  );
}

/** Posts JSON to one of the token endpoints. */
export async function post(
  auth: DjangoAuth,
  path: string,
  body: unknown,
  headers: HeadersInit = {},
): Promise<Response> {
  const request = requestTo(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers as Record<string, string> },
  });
  return await auth.handle(request, (request, context) => auth.tokens.handle(request, context)!);
}

/** Handles a request with `work`, and responds with its result as JSON. */
export async function visit(
  auth: DjangoAuth,
  request: Request,
  work: (context: RequestContext) => unknown,
): Promise<Response> {
  const context = auth.context(request);
  return await context.finish(Response.json(await work(context) ?? null));
}

/** A request with a Cookie header. */
export function withCookie(cookie: string, init: RequestInit = {}): Request {
  return requestTo("/", { ...init, headers: { ...init.headers as Record<string, string>, cookie } });
}

/** The claims of a token, without verification. */
export function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
}
