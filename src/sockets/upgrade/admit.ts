/**
 * Who may open a socket: checks the Origin, then limits, then the user, then what the application requires. No
 * application code runs before the user is known.
 */

import type { RefusalCode } from "../../error_codes.ts";
import type { RequestIdentity } from "../../auth/identity/request_identity.ts";
import type { RequestContext } from "../../auth/request/context.ts";
import { commitUpgrade, hasToCommit } from "../../auth/request/finish.ts";
import type { RequestState } from "../../auth/request/request_state.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { Attempt } from "../admission/attempt.ts";
import type { AnonymousRule, UpgradeOptions } from "../socket/options.ts";
import { reasonOf, type TroubleSource } from "./trouble.ts";
import { hasExplicitLogin, isOriginAllowed } from "./upgrade_origin.ts";

/** A visitor admitted by djauth's own checks. */
interface Visitor<Row extends object> {
  readonly identity: RequestIdentity<Row>;
  readonly mayBeAnonymous: boolean;
}

/** A visitor who is let in. */
export interface Admission<Row extends object, Data> extends Visitor<Row> {
  readonly data: Data;
  readonly cookies: readonly string[];
}

/** An upgrade under way. */
interface Applicant<Row extends object, Data, Anonymous extends AnonymousRule> {
  readonly state: RequestState<Row>;
  readonly options: UpgradeOptions<Row, Data, Anonymous>;
  readonly context: RequestContext<Row>;
  readonly attempt: Attempt;
  /** Whether another site's page opens it, with a login of its own. */
  readonly isForeign: boolean;
}

/** Admits a visitor, or returns the reason for a refusal. Never throws. */
export async function admit<Row extends object, Data, Anonymous extends AnonymousRule>(
  state: RequestState<Row>,
  options: UpgradeOptions<Row, Data, Anonymous>,
  context: RequestContext<Row>,
  attempt: Attempt,
): Promise<Admission<Row, Data> | RefusalCode> {
  const isForeign = !isOriginAllowed(state);
  if (isForeign && !hasExplicitLogin(state)) return "origin_not_allowed";
  // The cookies are the visitor's: a foreign page must not profit from them.
  if (isForeign) state.disregardCookies();
  // Before the first await: otherwise many concurrent upgrades would all find the same places free.
  const turn = attempt.reserve(state.request, context.info, state.sessionKey) ?? attempt.enterGate();
  if (typeof turn === "string") return turn;
  if (turn !== null) await turn;
  // It timed out in the queue: spare the database.
  if (attempt.isStopped) return "try_again_later";
  const applicant = { state, options, context, attempt, isForeign };
  let visitor: Visitor<Row> | RefusalCode;
  let where: TroubleSource = "upgrade";
  try {
    const identity = await state.identity();
    where = "anonymous";
    visitor = checkVisitor(applicant, identity);
  } catch (error) {
    return reasonOf(error, where, state.core.emit);
  }
  if (typeof visitor === "string") return visitor;
  // Spares an await where the application has no say.
  const isAsked = options.condition !== undefined || options.data !== undefined || hasToCommit(state);
  return isAsked
    ? await runHandlers(applicant, visitor)
    : { ...visitor, data: undefined as Data, cookies: [] };
}

/** Decides by the identity, and takes the places that depend on it. */
function checkVisitor<Row extends object, Data, Anonymous extends AnonymousRule>(
  { state, options, attempt, isForeign }: Applicant<Row, Data, Anonymous>,
  identity: RequestIdentity<Row>,
): Visitor<Row> | RefusalCode {
  const { user, refusal, credential, sessionKey } = identity;
  // Another site's page may open a socket with a token of its own, not with what the browser adds.
  if (isForeign && credential?.isAmbient !== false) return refusal ?? "origin_not_allowed";
  // A client whose explicit login is refused does not become an anonymous one.
  if (refusal !== null && credential?.isAmbient === false) return refusal;
  // Determined for users as well: they may log out later.
  const mayBeAnonymous = allowsAnonymous(options, state.request);
  if (refusal !== null && !mayBeAnonymous) return refusal;
  // Once the decision is over, no places are taken, nothing is saved and no application code runs.
  if (attempt.isStopped) return "try_again_later";
  const restsOnCookie = credential === undefined || credential.kind === "session";
  const full = user === null ? null : attempt.reserveFor(user.pk) ??
    (restsOnCookie ? null : attempt.reserveSession(sessionKey ?? null));
  return full ?? { identity, mayBeAnonymous };
}

/** Applies the application's `condition` and `data`, and saves what they have changed. */
async function runHandlers<Row extends object, Data, Anonymous extends AnonymousRule>(
  { state, options, context, attempt, isForeign }: Applicant<Row, Data, Anonymous>,
  visitor: Visitor<Row>,
): Promise<Admission<Row, Data> | RefusalCode> {
  const { user } = visitor.identity;
  const login = state.askedIdentity;
  let where: TroubleSource = "condition";
  try {
    const { condition } = options;
    // Only `true` admits: a condition that forgets to return must not.
    if (condition !== undefined && (user === null || await condition(user, context) !== true)) {
      return "permission_denied";
    }
    where = "data";
    if (attempt.isStopped) return "try_again_later";
    const data = await options.data?.(state.request, context);
    where = "finish";
    if (attempt.isStopped) return "try_again_later";
    const hasChanged = state.askedIdentity !== login;
    const current = hasChanged ? await reidentify(state, visitor, attempt) : visitor;
    if (typeof current === "string") return current;
    // A foreign page's socket must not set cookies in the visitor's browser.
    const judged = state.askedIdentity;
    const cookies = isForeign ? [] : (await commitUpgrade(state)).cookies;
    // Saving may have read the session's row, which overrules a user known without it.
    const admitted = state.askedIdentity === judged ? current : await reidentify(state, current, attempt);
    return typeof admitted === "string" ? admitted : { ...admitted, data: data as Data, cookies };
  } catch (error) {
    return reasonOf(error, where, state.core.emit);
  }
}

/** Returns the visitor after `condition` or `data` has logged a user in or out, or why that is refused. */
async function reidentify<Row extends object>(
  state: RequestState<Row>,
  { identity: { user: before }, mayBeAnonymous }: Visitor<Row>,
  attempt: Attempt,
): Promise<Visitor<Row> | RefusalCode> {
  const identity = await state.identity();
  const { user } = identity;
  const current = { identity, mayBeAnonymous };
  if (user === null) return mayBeAnonymous ? current : "session_ended";
  // A socket belongs to one user: the one that was admitted.
  if (before !== null) return isSameKey(before.pk, user.pk) ? current : "credentials_conflict";
  const key = identity.token === undefined ? (await state.openedSession)?.sessionKey ?? null : null;
  return attempt.reserveFor(user.pk) ?? attempt.reserveSession(key) ?? current;
}

function allowsAnonymous<Row extends object, Data, Anonymous extends AnonymousRule>(
  { anonymous }: UpgradeOptions<Row, Data, Anonymous>,
  request: Request,
): boolean {
  return typeof anonymous === "function" ? anonymous(request) === true : anonymous === true;
}
