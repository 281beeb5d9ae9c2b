/**
 * What ties the claim of a login to the browser that the socket belongs to: the Origin of its page, and a cookie that no
 * other browser has. Nothing else can redeem it, and no browser can be made to redeem another's.
 */

import type { RequestState } from "../../auth/request/request_state.ts";
import { shortHash } from "../../crypto/short_hash.ts";
import { cookieValue } from "../../internal/cookies.ts";
import { readCsrfSecret } from "../../origin/csrf.ts";
import { sessionKeyOrNull } from "../../session/session_key.ts";
import type { SocketBasis } from "../socket/basis.ts";

/**
 * How many bindings there are. 48 bits are enough: a claim is a secret, good once and for seconds, and the only way to try
 * a binding is to ask the server.
 */
const BINDINGS = 2 ** 48;

/**
 * The binding of a socket, a number since it is kept as long as the socket lives.
 *
 * @param setCookies the lines of the 101, which change what the browser has
 * @param basis what the socket rests on, which mostly is the session of the browser
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
  // Hashed once already: every upgrade comes along here, and hardly any socket ever logs somebody in.
  const isKnown = basis !== null && basis.sessionHash !== null && basis.sessionKey === session;
  return bindingTo(state, isKnown ? basis.sessionHash : shortHash(session));
}

/** The bindings that a request fits. */
export function bindingsFor<Row extends object>(state: RequestState<Row>): number[] {
  const { sessionKey } = state;
  if (sessionKey !== null) return [bindingTo(state, shortHash(sessionKey))];
  const secret = csrfSecretOf(state, []);
  // A page may have been given its CSRF cookie after its socket was opened; one that was there must be the same.
  const secrets = secret === null ? [null] : [secret, null];
  return secrets.map((secret) => bindingTo(state, visitorHash(secret)));
}

/** @param browser the hash of what the browser has and no other */
function bindingTo<Row extends object>({ facts }: RequestState<Row>, browser: number): number {
  return (originHash(facts.header("origin")) + browser) % BINDINGS;
}

/** A site has few Origins, and pages of one come one after the other. */
let lastOrigin: { readonly origin: string | null; readonly hash: number } | undefined;

function originHash(origin: string | null): number {
  if (lastOrigin?.origin !== origin) lastOrigin = { origin, hash: shortHash(JSON.stringify(origin)) };
  return lastOrigin.hash;
}

/** A browser without a session, which is told from others by its CSRF secret where it has one. */
function visitorHash(csrfSecret: string | null): number {
  return shortHash(JSON.stringify(["visitor", csrfSecret]));
}

/** A browser that visits for the first time has no session, but nearly always this. */
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

/** A cookie as the browser has it once it has seen these lines; `undefined` for none, and for an empty one. */
function cookieAfter<Row extends object>(
  state: RequestState<Row>,
  setCookies: readonly string[],
  name: string,
): string | undefined {
  const line = setCookies.find((line) => line.startsWith(`${name}=`));
  const value = line === undefined ? state.cookie(name) : cookieValue(line.split(";", 1)[0]!, name);
  return value || undefined;
}
