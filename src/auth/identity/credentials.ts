/**
 * The logins that a request carries, in the order in which they are believed. Whether one is worth anything is decided in
 * `request_identity.ts`; nothing is looked up here.
 */

import { urlOf } from "../../internal/request_url.ts";
import type { TokenTransport } from "../options/token_transport.ts";

/** A token that came with a request. */
export interface TokenCredential {
  readonly kind: "token";
  /** Where it stood; `subprotocol` on upgrades only, and also for a token that came as the first message. */
  readonly place: "header" | "subprotocol" | "cookie" | "query";
  readonly text: string;
  /** Whether a browser sends it along by itself, so that the rules on CSRF and Origin hold. */
  readonly isAmbient: boolean;
}

/** The session in the cookie. */
export interface SessionCredential {
  readonly kind: "session";
  readonly isAmbient: true;
}

/** A header of the right type that holds no token, or more than one. */
export interface MalformedCredential {
  readonly kind: "malformed";
  readonly isAmbient: false;
}

/** A ticket in the query of an upgrade. */
export interface TicketCredential {
  readonly kind: "ticket";
  readonly text: string;
  readonly isAmbient: false;
}

/** A login that a request carries. */
export type Credential = TokenCredential | SessionCredential | MalformedCredential | TicketCredential;

/** What an upgrade may bring beside what every request may. */
export interface UpgradeCredentials {
  /** A token that stood among the subprotocols, or in the first message. */
  readonly token: string | null;
  /** A ticket. */
  readonly ticket: string | null;
}

/** The slice of a request that is read. */
export interface CredentialSource {
  readonly request: Request;
  /** Whether the session cookie has the shape of one. */
  readonly hasSession: boolean;
  /** `null` for a request that is not an upgrade. */
  readonly upgrade: UpgradeCredentials | null;
  /** The value of a cookie. */
  cookie(name: string): string | undefined;
}

/** Where tokens are not in use. */
const SESSIONS_ALONE: TokenTransport = {
  headerName: "authorization",
  headerTypes: [],
  challenge: "",
  cookies: null,
  queryToken: null,
  precedence: ["header", "session"],
  checkAccessTokens: false,
  socketGrace: 0,
};

/** White space as Python's `bytes.split()` has it. */
const SPACE = /[\t-\r\x20]+/;

/** All logins of a request, the one that is believed first in front. */
export function credentialsOf(
  source: CredentialSource,
  transport: TokenTransport = SESSIONS_ALONE,
): Credential[] {
  const found: Credential[] = [];
  const ticket = source.upgrade?.ticket ?? null;
  // Made for this one upgrade: no order needs to name it.
  if (ticket !== null) found.push({ kind: "ticket", text: ticket, isAmbient: false });
  for (const place of transport.precedence) {
    if (place === "header") addExplicitTokens(found, source, transport);
    else if (place === "cookie") addCookieToken(found, source, transport);
    else if (source.hasSession) found.push({ kind: "session", isAmbient: true });
  }
  return found;
}

/** The tokens that a client put there itself. */
function addExplicitTokens(
  found: Credential[],
  { request, upgrade }: CredentialSource,
  transport: TokenTransport,
): void {
  const header = request.headers.get(transport.headerName);
  const inHeader = header === null ? null : headerToken(header, transport.headerTypes);
  if (inHeader !== null) found.push(inHeader);
  const brought = transport === SESSIONS_ALONE ? null : upgrade?.token ?? null;
  if (brought !== null) found.push({ kind: "token", place: "subprotocol", text: brought, isAmbient: false });
  const { queryToken } = transport;
  const text = queryToken === null ? null : urlOf(request).searchParams.get(queryToken);
  if (text) found.push({ kind: "token", place: "query", text, isAmbient: false });
}

/** Mirrors `JWTAuthentication.get_raw_token`; `null` for a header of another scheme. */
function headerToken(header: string, types: readonly string[]): TokenCredential | MalformedCredential | null {
  const space = header.indexOf(" ");
  const rest = header.slice(space + 1);
  // As nearly all are: the type, one space and the token. Without a space, it would be "Bearerx" without its last letter.
  if (space > 0 && types.includes(header.slice(0, space)) && rest !== "" && !SPACE.test(rest)) {
    return { kind: "token", place: "header", text: rest, isAmbient: false };
  }
  const parts = header.split(SPACE).filter((part) => part !== "");
  // Upper and lower case differ, as in simplejwt.
  if (parts.length === 0 || !types.includes(parts[0]!)) return null;
  if (parts.length !== 2) return { kind: "malformed", isAmbient: false };
  return { kind: "token", place: "header", text: parts[1]!, isAmbient: false };
}

function addCookieToken(found: Credential[], source: CredentialSource, { cookies }: TokenTransport): void {
  const text = cookies === null ? undefined : source.cookie(cookies.access.name);
  if (text) found.push({ kind: "token", place: "cookie", text, isAmbient: true });
}
