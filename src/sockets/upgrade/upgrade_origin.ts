/**
 * Whether the page behind an upgrade is one of ours. Browsers open sockets to any site and send its cookies along: the
 * Origin is the only thing that tells a page of ours from a foreign one.
 */

import { credentialsOf } from "../../auth/identity/credentials.ts";
import type { RequestState } from "../../auth/request/request_state.ts";
import { verifyAllowedOrigins, verifySocketOrigin } from "../../origin/socket_origin.ts";

/** Whether a page of this Origin may use what the browser sends along by itself. Costs no query. */
export function isOriginAllowed<Row extends object>(state: RequestState<Row>): boolean {
  const { origin, socketOrigin } = state.core.settings;
  const verdict = verifySocketOrigin(state.facts, origin);
  if (verdict === "missing" || verdict === "null") {
    // Without a cookie there is nothing that a foreign page could misuse.
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

/** Whether a login came that no browser sends along by itself. */
export function hasExplicitLogin<Row extends object>(state: RequestState<Row>): boolean {
  const { jwt } = state.core;
  return credentialsOf(state, jwt?.transport).some(({ isAmbient }) => !isAmbient);
}

/** Whether anything came that a browser sends along by itself. */
function hasAmbient<Row extends object>(state: RequestState<Row>): boolean {
  const { jwt } = state.core;
  return state.hasSessionCookie || credentialsOf(state, jwt?.transport).some(({ isAmbient }) => isAmbient);
}
