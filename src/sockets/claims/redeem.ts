/** Where a page redeems the claim of a login that was made over its socket, and gets the cookie for it. */

import { type RequestContext, stateOf } from "../../auth/request/context.ts";
import { readBody } from "../../auth/request/form_body.ts";
import { identifySession } from "../../auth/identity/session_identity.ts";
import type { OneTimeLogin } from "../../auth/core/one_time_logins.ts";
import { problem } from "../../auth/request/problem.ts";
import type { RequestState } from "../../auth/request/request_state.ts";
import { DjauthError } from "../../errors.ts";
import { NotAuthenticated } from "../../account_errors.ts";
import { fromUtf8 } from "../../internal/bytes.ts";
import { verifySocketOrigin } from "../../origin/socket_origin.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import { bindingsFor } from "./claim_binding.ts";

/** Bytes: several times as much as a claim has. */
const LONGEST_CLAIM = 512;

/** Redeems the claim in the body, or one that was read from elsewhere. */
export async function redeem<Row extends object>(
  state: RequestState<Row>,
  given?: string,
): Promise<User<Row>> {
  const { core, request, facts } = state;
  if (request.method !== "POST") {
    throw new TypeError(`redeem() was called for a ${request.method} request: a claim is redeemed with POST`);
  }
  // Django's own rule, whatever `socketOrigin` lets open sockets: a page of another site could otherwise log its visitor
  // in as another user. Browsers name the Origin of every POST, so that one without it comes from no page.
  if (verifySocketOrigin(facts, core.settings.origin) !== "allowed") {
    core.hintOrigin(facts);
    throw new DjauthError("origin_not_allowed", 403, "The Origin of the request may not redeem claims");
  }
  const claim = given ?? await readClaim(request);
  const login = await core.loginClaims.take(claim, bindingsFor(state).map(String));
  if (login === null || login.sessionKey === null || await isSomebodyElse(state, login)) throw invalid();
  // Read again: between the claim and this request the login may have ended, by a logout as by a new password.
  const stored = await core.sessions.load(login.sessionKey);
  const { user, refusal } = await identifySession(stored, core);
  if (user === null) throw new NotAuthenticated(refusal ?? undefined);
  if (!isSameKey(user.pk, login.userId)) throw invalid();
  const session = core.openSession(login.sessionKey, stored);
  // Nothing was changed; but so it is stored once more, and its cookie sent.
  session.modified = true;
  state.adopt(session, user);
  state.csrf().rotate();
  return user;
}

/** Answers the page: 204 with the cookies, or a problem. */
export async function answerClaim<Row extends object>(
  request: Request,
  context: RequestContext<Row>,
): Promise<Response> {
  if (request.method !== "POST") {
    const response = problem(405, "method_not_allowed");
    response.headers.set("allow", "POST");
    return response;
  }
  await redeem(stateOf(context));
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
}

/** Whether the browser's tokens are another user's: two logins that contradict each other would be worth nothing. */
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
    throw new TypeError("The body was read already: pass the claim in it to redeem(context, claim)");
  }
  return fromUtf8(await readBody(request, LONGEST_CLAIM)) ?? "";
}

/** One answer for all: a client that tries learns nothing about the claims of others. */
function invalid(): DjauthError {
  return new DjauthError("claim_invalid", 401, "The claim is used up, too old, or not one of this page");
}
