/**
 * Whether an upgrade comes from one of the site's own pages. Browsers open sockets to any site and send its cookies
 * along: only the Origin tells own pages from foreign ones.
 */

import { credentialsOf } from "../../auth/identity/credentials.ts";
import type { RequestState } from "../../auth/request/request_state.ts";
import { verifyAllowedOrigins, verifySocketOrigin } from "../../origin/socket_origin.ts";

/** Returns whether a page of this Origin may use the credentials that the browser adds by itself. Costs no query. */
export function isOriginAllowed<Row extends object>(state: RequestState<Row>): boolean {
  const { origin, socketOrigin } = state.core.settings;
  const verdict = verifySocketOrigin(state.facts, origin);
  if (verdict === "missing" || verdict === "null") {
    // Without such credentials there is nothing for a foreign page to misuse.
    return !hasAmbient(state) || socketOrigin[verdict] === "allow";
  }
  if (socketOrigin.allowedOrigins === null) {
    if (verdict !== "allowed") state.core.hintOrigin(state.facts);
    return verdict === "allowed";
  }
  const isListed = verifyAllowedOrigins(state.facts.header("origin"), socketOrigin.allowedOrigins);
  if (!isListed && verdict === "allowed") state.core.hints.ownOriginRefused();
  return isListed;
}

/** Returns whether the client sent a login that no browser adds by itself. */
export function hasExplicitLogin<Row extends object>(state: RequestState<Row>): boolean {
  const { jwt } = state.core;
  return credentialsOf(state, jwt?.transport ?? null).some(({ isAmbient }) => !isAmbient);
}

/** Returns whether a credential came that browsers add by themselves. */
function hasAmbient<Row extends object>(state: RequestState<Row>): boolean {
  const { jwt } = state.core;
  return state.hasSessionCookie ||
    credentialsOf(state, jwt?.transport ?? null).some(({ isAmbient }) => isAmbient);
}
