/**
 * What ties the claim of a login to the browser that the socket belongs to: the Origin of its page, and the cookies that
 * no other browser has. Nothing else can redeem it, and no browser can be made to redeem another's.
 */

import type { RequestState } from "../../auth/request/request_state.ts";
import { shortHash } from "../../crypto/short_hash.ts";
import { cookieValue } from "../../internal/cookies.ts";
import { sessionKeyOrNull } from "../../session/session_key.ts";
import { readCsrfSecret } from "../../origin/csrf.ts";

/**
 * The binding of a socket, a number since it is kept as long as the socket lives. 48 bits are enough: a claim is a secret,
 * good once and for seconds, and the only way to try a binding is to ask the server.
 *
 * @param setCookies the lines of the 101, which change what the browser has
 */
export function bindingOf<Row extends object>(
  state: RequestState<Row>,
  setCookies: readonly string[],
): number {
  return bindingTo(state, csrfSecretOf(state, setCookies), setCookies);
}

/** The bindings that a request fits. */
export function bindingsFor<Row extends object>(state: RequestState<Row>): number[] {
  const secret = csrfSecretOf(state, []);
  // A page may have been given its CSRF cookie after its socket was opened; one that was there must be the same.
  const secrets = secret === null ? [null] : [secret, null];
  return secrets.map((secret) => bindingTo(state, secret, []));
}

function bindingTo<Row extends object>(
  state: RequestState<Row>,
  csrfSecret: string | null,
  setCookies: readonly string[],
): number {
  const { name } = state.core.settings.sessionCookie;
  const session = setCookies.length === 0
    ? state.sessionKey
    : sessionKeyOrNull(cookieAfter(state, setCookies, name));
  return shortHash(JSON.stringify([state.facts.header("origin"), session, csrfSecret]));
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
