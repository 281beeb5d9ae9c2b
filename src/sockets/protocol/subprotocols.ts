/**
 * The subprotocol of a socket. A browser fails a connection if it offered protocols and none was selected; a token
 * offered as a protocol must never be sent back.
 */

/** Offered beside a token by a client that speaks none of the application's protocols. */
const DJAUTH_PROTOCOL = "djauth";

/** The prefix of a protocol that carries a credential. */
const CREDENTIAL_PREFIX = "djauth.";

/** The prefix of a protocol that carries a token. */
const TOKEN_PREFIX = "djauth.bearer.";

/** Returns the protocols that a request offers, in the client's order. */
export function offeredBy(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol");
  if (header === null) return [];
  return header.split(",").map((protocol) => protocol.trim()).filter((protocol) => protocol !== "");
}

/** Returns whether a protocol carries a credential. */
export function isCredential(protocol: string): boolean {
  return protocol.startsWith(CREDENTIAL_PREFIX);
}

/** Returns the token among the offered protocols, or `null`; for several tokens, a string that is not a valid one. */
export function tokenIn(offered: readonly string[]): string | null {
  if (!offered.some(isToken)) return null;
  const tokens = offered.filter(isToken).map((protocol) => protocol.slice(TOKEN_PREFIX.length));
  // Joined like two values of one header.
  return [...new Set(tokens)].join(",");
}

/** Returns whether a client offers a token and nothing that can be selected. */
export function isTokenAlone(offered: readonly string[], selected: string | null): boolean {
  return selected === null && offered.some(isToken);
}

function isToken(protocol: string): boolean {
  return protocol.startsWith(TOKEN_PREFIX);
}

/**
 * Selects the first protocol of the application's list that the client offered, else `djauth` when that was offered,
 * else none.
 */
export function selectProtocol(offered: readonly string[], own: readonly string[]): string | null {
  // Nearly every upgrade offers none.
  if (offered.length === 0) return null;
  // A protocol with the prefix may be a token: it is never selected, even if the application lists it.
  const harmless = offered.filter((protocol) => !isCredential(protocol));
  return own.find((protocol) => harmless.includes(protocol)) ??
    (harmless.includes(DJAUTH_PROTOCOL) ? DJAUTH_PROTOCOL : null);
}
