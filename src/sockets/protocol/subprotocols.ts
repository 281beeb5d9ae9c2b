/**
 * The subprotocol of a socket. A browser fails a connection for which it offered protocols and none was selected; a
 * token that travels as a protocol must never be sent back.
 */

/** What a client offers beside a token when it speaks no protocol of the application. */
const DJAUTH_PROTOCOL = "djauth";

/** The prefix of a protocol that carries a credential. */
const CREDENTIAL_PREFIX = "djauth.";

/** The prefix of one that carries a token. */
const TOKEN_PREFIX = "djauth.bearer.";

/** The protocols that a request offers, in the client's order. */
export function offeredBy(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol");
  if (header === null) return [];
  return header.split(",").map((protocol) => protocol.trim()).filter((protocol) => protocol !== "");
}

/** Whether a protocol is a credential in disguise. */
export function isCredential(protocol: string): boolean {
  return protocol.startsWith(CREDENTIAL_PREFIX);
}

/** The token among the protocols that a client offers, or `null`. Several are none: what is answered then is not a token. */
export function tokenIn(offered: readonly string[]): string | null {
  if (!offered.some(isToken)) return null;
  const tokens = offered.filter(isToken).map((protocol) => protocol.slice(TOKEN_PREFIX.length));
  // As two values of one header are joined.
  return [...new Set(tokens)].join(",");
}

/** Whether a client offers a token and nothing that may be selected. */
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
  // A protocol with our prefix may be a token: it is never selected, whatever the application lists.
  const harmless = offered.filter((protocol) => !isCredential(protocol));
  return own.find((protocol) => harmless.includes(protocol)) ??
    (harmless.includes(DJAUTH_PROTOCOL) ? DJAUTH_PROTOCOL : null);
}
