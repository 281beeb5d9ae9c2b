/** How tokens are transported: in which header and cookies, and which login of a request takes precedence. */

import { JWT_OPTION_NAMES } from "../../jwt/options/check_options.ts";
import type { JwtOptions } from "../../jwt/options/options.ts";
import type { JwtSettings } from "../../jwt/options/settings.ts";
import { headerNameOf } from "../../origin/request_facts.ts";
import { namesOf } from "../../internal/names_of.ts";
import { titleCase } from "../../internal/python/title.ts";
import type { User } from "../../users/user.ts";
import {
  requireKnown,
  requireObject,
  requireOneOf,
  requireSeconds,
  requireSome,
  requireTexts,
  requireType,
  wrong,
} from "../../internal/option_checks.ts";
import type { CookieSettings } from "./cookie_options.ts";
import { COOKIE_OPTIONS, cookieSettings, requireCookie } from "./cookie_settings.ts";
import type { CredentialPlace, JwtAuthOptions, JwtCookieOptions } from "./jwt_options.ts";

/** The cookies of both tokens, with defaults applied. */
export interface TokenCookies {
  readonly access: CookieSettings;
  readonly refresh: CookieSettings;
}

/** The request headers that a response depends on. */
export interface VaryingHeaders {
  readonly names: readonly string[];
  /** The value of `Vary`. */
  readonly text: string;
}

/** How tokens are transported. */
export interface TokenTransport {
  /** `AUTH_HEADER_NAME` as an HTTP header name, in lower case. */
  readonly headerName: string;
  readonly headerTypes: readonly string[];
  /** The WWW-Authenticate header of a 401. */
  readonly challenge: string;
  /** `null` if cookies do not carry tokens. */
  readonly cookies: TokenCookies | null;
  readonly queryToken: string | null;
  readonly precedence: readonly CredentialPlace[];
  readonly checkAccessTokens: boolean;
  /** Seconds that a socket stays open after its token has expired. */
  readonly socketGrace: number;
}

/** The options that are not simplejwt's. */
const TRANSPORT_OPTION_NAMES: readonly string[] = namesOf<Omit<JwtAuthOptions, keyof JwtOptions>>({
  cookies: true,
  queryToken: true,
  precedence: true,
  checkAccessTokens: true,
  socketGrace: true,
});

const COOKIES_OPTION_NAMES = namesOf<JwtCookieOptions>({ access: true, refresh: true });

/** The names of all options of `jwt`. */
export const JWT_AUTH_OPTION_NAMES: readonly string[] = [...JWT_OPTION_NAMES, ...TRANSPORT_OPTION_NAMES];

const PLACES: readonly CredentialPlace[] = ["header", "cookie", "session"];
const SOCKET_GRACE_SECONDS = 25;
/** A day: a site whose sockets must outlive their tokens for longer needs other tokens. */
const MAX_SOCKET_GRACE_SECONDS = 86_400;
/** simplejwt's `www_authenticate_realm`. */
const REALM = "api";

/**
 * Requires valid options other than simplejwt's own.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireTransport<Row extends object>(options: JwtAuthOptions<Row>): void {
  const { cookies, queryToken, precedence } = options;
  requireType("jwt.checkAccessTokens", options.checkAccessTokens, "boolean");
  requireSeconds("jwt.socketGrace", options.socketGrace, { from: 0, to: MAX_SOCKET_GRACE_SECONDS });
  if (typeof cookies !== "boolean") requireObject("jwt.cookies", cookies);
  const { access = {}, refresh = {} } = typeof cookies === "object" ? cookies : {};
  requireObject("jwt.cookies.access", access);
  requireObject("jwt.cookies.refresh", refresh);
  if (typeof cookies === "object") requireKnown("jwt.cookies.", cookies, COOKIES_OPTION_NAMES);
  requireKnown("jwt.cookies.access.", access, COOKIE_OPTIONS);
  requireKnown("jwt.cookies.refresh.", refresh, COOKIE_OPTIONS);
  requireCookie("jwt.cookies.access", access);
  requireCookie("jwt.cookies.refresh", refresh);
  requireType("jwt.queryToken", queryToken, "string");
  if (queryToken === "") {
    throw wrong("jwt.queryToken", queryToken, "the name of a query parameter, or nothing");
  }
  requireTexts("jwt.precedence", precedence);
  for (const place of precedence ?? []) requireOneOf("jwt.precedence", place, PLACES);
  requireSome("jwt.precedence", precedence, `of ${PLACES.join(", ")}`);
  if (precedence !== undefined && new Set(precedence).size < precedence.length) {
    throw wrong("jwt.precedence", precedence, `some of ${PLACES.join(", ")}, each once`);
  }
}

/** Returns simplejwt's own options. */
export function simpleJwtOptions<Row extends object>(options: JwtAuthOptions<Row>): JwtOptions<User<Row>> {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => !TRANSPORT_OPTION_NAMES.includes(name)),
  );
}

/** Returns the transport of these options, with defaults. */
export function transportOf<Row extends object>(
  options: JwtAuthOptions<Row>,
  settings: Pick<JwtSettings, "authHeaderName" | "authHeaderTypes">,
): TokenTransport {
  return {
    headerName: headerNameOf(settings.authHeaderName),
    headerTypes: settings.authHeaderTypes,
    challenge: `${settings.authHeaderTypes[0]} realm="${REALM}"`,
    cookies: tokenCookieSettings(options),
    queryToken: options.queryToken ?? null,
    precedence: [...options.precedence ?? PLACES],
    checkAccessTokens: options.checkAccessTokens ?? false,
    socketGrace: options.socketGrace ?? SOCKET_GRACE_SECONDS,
  };
}

/** Returns the cookies in which tokens are kept, or `null`. */
export function tokenCookieSettings<Row extends object>(
  { cookies = false }: Pick<JwtAuthOptions<Row>, "cookies">,
): TokenCookies | null {
  if (cookies === false) return null;
  const { access = {}, refresh = {} }: JwtCookieOptions = cookies === true ? {} : cookies;
  return {
    access: cookieSettings("jwt.cookies.access", access),
    refresh: cookieSettings("jwt.cookies.refresh", refresh),
  };
}

/**
 * Returns the request headers that a response depends on if it depends on the login. A shared cache may keep the
 * response to an anonymous visitor, and must not serve it to a client with a token.
 */
export function varyingBy(transport: TokenTransport | null): VaryingHeaders {
  const names = transport?.precedence.includes("header")
    ? [titleCase(transport.headerName), "Cookie"]
    : ["Cookie"];
  return { names, text: names.join(", ") };
}
