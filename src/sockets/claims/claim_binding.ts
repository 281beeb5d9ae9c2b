/**
 * The binding of a login's claim to the browser that the socket belongs to: by the Origin of its page and a cookie that
 * no other browser has. No other browser can redeem the claim, or be made to redeem it.
 */

import type { RequestState } from "../../auth/request/request_state.ts";
import { shortHash } from "../../crypto/short_hash.ts";
import { cookieValue } from "../../internal/cookies.ts";
import { readCsrfSecret } from "../../origin/csrf.ts";
import { sessionKeyOrNull } from "../../session/session_key.ts";
import type { SocketBasis } from "../socket/basis.ts";

/**
 * The number of different bindings. 48 bits are enough: a claim is a secret, valid once and for seconds, and a binding
 * can only be tried against the server.
 */
const BINDINGS = 2 ** 48;

/**
 * Returns the binding of a socket: a number, since it is kept for as long as the socket lives.
 *
 * @param setCookies the `Set-Cookie` lines of the 101, which change the browser's cookies
 * @param basis what the socket rests on, mostly the session of the browser
 */
export function bindingOf<Row extends object>(
  state: RequestState<Row>,
  setCookies: readonly string[],
  basis: SocketBasis<Row> | null,
): number {
  const { sessionCookie } = state.core.settings;
  const session = setCookies.length === 0
    ? state.sessionKey
    : sessionKeyOrNull(cookieAfter(state, setCookies, sessionCookie.name));
  if (session === null) return bindingTo(state, visitorHash(csrfSecretOf(state, setCookies)));
  // Reuses the hash: this runs for every upgrade, although hardly any socket ever logs a user in.
  const isKnown = basis !== null && basis.sessionHash !== null && basis.sessionKey === session;
  return bindingTo(state, isKnown ? basis.sessionHash : shortHash(session));
}

/** Returns the bindings that a request may redeem. */
export function bindingsFor<Row extends object>(state: RequestState<Row>): number[] {
  const { sessionKey } = state;
  if (sessionKey !== null) return [bindingTo(state, shortHash(sessionKey))];
  const secret = csrfSecretOf(state, []);
  // The CSRF cookie may have been set after the socket was opened; one that was there before must still be the same.
  const secrets = secret === null ? [null] : [secret, null];
  return secrets.map((secret) => bindingTo(state, visitorHash(secret)));
}

/** @param browser the hash of a cookie that only this browser has */
function bindingTo<Row extends object>({ facts }: RequestState<Row>, browser: number): number {
  return (originHash(facts.header("origin")) + browser) % BINDINGS;
}

/** A site has few Origins, so that the next request mostly has the same one. */
let lastOrigin: { readonly origin: string | null; readonly hash: number } | undefined;

function originHash(origin: string | null): number {
  if (lastOrigin?.origin !== origin) lastOrigin = { origin, hash: shortHash(JSON.stringify(origin)) };
  return lastOrigin.hash;
}

/** Hashes a browser without a session, which only its CSRF secret (if any) tells from others. */
function visitorHash(csrfSecret: string | null): number {
  return shortHash(JSON.stringify(["visitor", csrfSecret]));
}

/** Returns the CSRF secret, which even a browser without a session nearly always has. */
function csrfSecretOf<Row extends object>(
  state: RequestState<Row>,
  setCookies: readonly string[],
): string | null {
  const { origin } = state.core.settings;
  if (origin.useSessions) return null;
  return readCsrfSecret(
    { cookie: (name) => cookieAfter(state, setCookies, name), sessionToken: null },
    origin,
  );
}

/** Returns a cookie as the browser has it after these lines; `undefined` where it is absent or empty. */
function cookieAfter<Row extends object>(
  state: RequestState<Row>,
  setCookies: readonly string[],
  name: string,
): string | undefined {
  const line = setCookies.find((line) => line.startsWith(`${name}=`));
  const value = line === undefined ? state.cookie(name) : cookieValue(line.split(";", 1)[0]!, name);
  return value || undefined;
}
