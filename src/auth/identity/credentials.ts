/**
 * Reads the credentials of a request, in order of precedence. Nothing is looked up here; they are verified in
 * `request_identity.ts`.
 */

import { urlOf } from "../../internal/request_url.ts";
import type { TokenTransport } from "../options/token_transport.ts";

/** A token of a request. */
export interface TokenCredential {
  readonly kind: "token";
  /** Where it was found; `subprotocol` on upgrades only, and also for a token sent as the first message. */
  readonly place: "header" | "subprotocol" | "cookie" | "query";
  readonly text: string;
  /** Whether browsers send it by themselves, so that the rules on CSRF and Origin apply. */
  readonly isAmbient: boolean;
}

/** The session in the cookie. */
export interface SessionCredential {
  readonly kind: "session";
  readonly isAmbient: true;
}

/** A header of the right type that contains no token, or more than one. */
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

/** A credential of a request. */
export type Credential = TokenCredential | SessionCredential | MalformedCredential | TicketCredential;

/** The credentials that only upgrades can carry. */
export interface UpgradeCredentials {
  /** A token among the subprotocols, or in the first message. */
  readonly token: string | null;
  /** A ticket. */
  readonly ticket: string | null;
}

/** The part of a request that is read. */
export interface CredentialSource {
  readonly request: Request;
  /** Whether the session cookie has the format of a session key. */
  readonly hasSession: boolean;
  /** `null` for a request that is not an upgrade. */
  readonly upgrade: UpgradeCredentials | null;
  /** Returns the value of a cookie. */
  cookie(name: string): string | undefined;
}

/** Whitespace as in Python's `bytes.split()`. */
const SPACE = /[\t-\r\x20]+/;

/**
 * Returns all credentials of a request, in order of precedence.
 *
 * @param transport how tokens travel; `null` where they are not in use
 */
export function credentialsOf(source: CredentialSource, transport: TokenTransport | null): Credential[] {
  const found: Credential[] = [];
  const ticket = source.upgrade?.ticket ?? null;
  // Created for this one upgrade: always first, without an entry in `precedence`.
  if (ticket !== null) found.push({ kind: "ticket", text: ticket, isAmbient: false });
  if (transport === null) {
    addSession(found, source);
    return found;
  }
  for (const place of transport.precedence) {
    if (place === "header") addExplicitTokens(found, source, transport);
    else if (place === "cookie") addCookieToken(found, source, transport);
    else addSession(found, source);
  }
  return found;
}

function addSession(found: Credential[], { hasSession }: CredentialSource): void {
  if (hasSession) found.push({ kind: "session", isAmbient: true });
}

/** Adds the tokens that the client sent explicitly. */
function addExplicitTokens(
  found: Credential[],
  { request, upgrade }: CredentialSource,
  transport: TokenTransport,
): void {
  const header = request.headers.get(transport.headerName);
  const inHeader = header === null ? null : headerToken(header, transport.headerTypes);
  if (inHeader !== null) found.push(inHeader);
  const brought = upgrade?.token ?? null;
  if (brought !== null) found.push({ kind: "token", place: "subprotocol", text: brought, isAmbient: false });
  const { queryToken } = transport;
  const text = queryToken === null ? null : urlOf(request).searchParams.get(queryToken);
  if (text) found.push({ kind: "token", place: "query", text, isAmbient: false });
}

/** Returns the token of a header, or `null` for another scheme. Mirrors `JWTAuthentication.get_raw_token`. */
function headerToken(header: string, types: readonly string[]): TokenCredential | MalformedCredential | null {
  const space = header.indexOf(" ");
  const rest = header.slice(space + 1);
  // The usual form: type, one space, token. `space` is checked, or "Bearerx" would lose its last letter and match.
  if (space > 0 && types.includes(header.slice(0, space)) && rest !== "" && !SPACE.test(rest)) {
    return { kind: "token", place: "header", text: rest, isAmbient: false };
  }
  const parts = header.split(SPACE).filter((part) => part !== "");
  // Case-sensitive, as in simplejwt.
  if (parts.length === 0 || !types.includes(parts[0]!)) return null;
  if (parts.length !== 2) return { kind: "malformed", isAmbient: false };
  return { kind: "token", place: "header", text: parts[1]!, isAmbient: false };
}

function addCookieToken(found: Credential[], source: CredentialSource, { cookies }: TokenTransport): void {
  const text = cookies === null ? undefined : source.cookie(cookies.access.name);
  if (text) found.push({ kind: "token", place: "cookie", text, isAmbient: true });
}
