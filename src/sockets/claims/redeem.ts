/** The endpoint where a page redeems the claim of a login over its socket for the session's cookie. */

import { type RequestContext, stateOf } from "../../auth/request/context.ts";
import { methodNotAllowed } from "../../auth/request/problem.ts";
import { readBody } from "../../auth/request/form_body.ts";
import { identifySession } from "../../auth/identity/session_identity.ts";
import type { OneTimeLogin } from "../../auth/core/one_time_logins.ts";
import type { RequestState } from "../../auth/request/request_state.ts";
import { dropTokensOfAnother } from "../../auth/login/request_logins.ts";
import { DjauthError } from "../../errors.ts";
import { NotAuthenticated } from "../../account_errors.ts";
import { fromUtf8 } from "../../internal/bytes.ts";
import { verifySocketOrigin } from "../../origin/socket_origin.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import { bindingsFor } from "./claim_binding.ts";

/** Several times the length of a claim. */
const MAX_CLAIM_BYTES = 512;

/** Redeems the claim in the body, or `given`, which the caller has read already. */
export async function redeem<Row extends object>(
  context: RequestContext<Row>,
  given?: string,
): Promise<User<Row>> {
  const state = stateOf(context);
  const { core, request, facts } = state;
  if (request.method !== "POST") throw methodNotAllowed(request.method);
  // Django's own rule, whichever Origins `socketOrigin` allows for sockets: a page of another site could otherwise log
  // its visitor in as another user. Browsers send the Origin with every POST: one without it does not come from a page.
  if (verifySocketOrigin(facts, core.settings.origin) !== "allowed") {
    core.hintOrigin(facts);
    throw new DjauthError("origin_not_allowed", "The Origin of the request may not redeem claims");
  }
  const claim = given ?? await readClaim(request);
  const login = await core.loginClaims.take(claim, bindingsFor(state).map(String));
  if (login === null || login.sessionKey === null || await isSomebodyElse(state, login)) throw invalid();
  // Read again: since the claim was issued, a logout or a new password may have ended the login.
  const stored = await core.sessions.load(login.sessionKey);
  const { user, refusal } = await identifySession(stored, core);
  if (refusal !== null) throw new NotAuthenticated(refusal);
  if (!isSameKey(user.pk, login.userId)) throw invalid();
  // Of a refresh token, the browser would become its user again, after a logout even without a contradiction.
  await dropTokensOfAnother(state, user);
  const session = core.openSession(login.sessionKey, stored);
  // Unchanged, but marked so that it is saved again and its cookie sent.
  session.modified = true;
  state.adopt(session, user);
  state.csrf().rotate();
  return user;
}

/** Answers the page with 204 and the cookies, or with a problem. */
export async function answerClaim<Row extends object>(
  _request: Request,
  context: RequestContext<Row>,
): Promise<Response> {
  await redeem(context);
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
}

/** Returns whether the browser's tokens are another user's: two contradicting logins would both be refused. */
async function isSomebodyElse<Row extends object>(
  state: RequestState<Row>,
  { userId }: OneTimeLogin,
): Promise<boolean> {
  if (state.core.jwt === null) return false;
  const { user } = await state.identity();
  return user !== null && !isSameKey(user.pk, userId);
}

async function readClaim(request: Request): Promise<string> {
  if (request.bodyUsed) {
    throw new TypeError("The body was already read; pass the claim it contains to redeem(context, claim)");
  }
  return fromUtf8(await readBody(request, MAX_CLAIM_BYTES)) ?? "";
}

/** One error for all cases: a client that guesses learns nothing about other claims. */
function invalid(): DjauthError {
  return new DjauthError("claim_invalid", "The claim is used, expired, or not for this page");
}
