/**
 * The decision about an upgrade: Origin, then user, then condition. Nothing of the application runs before it, and
 * nothing of a stranger's makes it throw.
 */

import { RequestContext, type RequestInfo } from "../../auth/request/context.ts";
import type { AuthCore } from "../../auth/core/core.ts";
import { credentialsOf } from "../../auth/identity/credentials.ts";
import type { RefusalCode } from "../../auth/events/events.ts";
import { commitUpgrade } from "../../auth/request/finish.ts";
import { problem } from "../../auth/request/problem.ts";
import { RequestState } from "../../auth/request/request_state.ts";
import { isOneTimeShape } from "../../auth/core/one_time_logins.ts";
import { urlOf } from "../../internal/request_url.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import { verifyAllowedOrigins, verifySocketOrigin } from "../../origin/socket_origin.ts";
import type { Attempt } from "../admission/attempt.ts";
import { bindingOf } from "../socket/claim_binding.ts";
import { refusal, type SocketRefusal } from "../protocol/close_codes.ts";
import type { Connection } from "./connection.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers, SocketUser, UpgradeOptions } from "../socket/options.ts";
import { offeredProtocols, selectProtocol, tokenIn } from "../protocol/subprotocols.ts";
import { DjangoSocket } from "../socket/socket.ts";
import { SocketConnection } from "./socket_connection.ts";
import { reasonOf, type TroubleSource } from "./trouble.ts";
import { basisFor } from "./upgrade_basis.ts";

/** An upgrade that may happen, for who makes a connection of it. */
export interface AdmittedUpgrade<Row extends object, Data, Anonymous extends AnonymousRule> {
  /** It may. */
  readonly accepted: true;
  /** The socket to be. */
  readonly socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  /** The subprotocol to be selected, or `null` for none. Never one that the client put a token into. */
  readonly protocol: string | null;
  /** The values of the Set-Cookie headers for the 101. */
  readonly cookies: readonly string[];
}

/** An upgrade that may happen. */
export interface AcceptedUpgrade<Row extends object, Data, Anonymous extends AnonymousRule>
  extends AdmittedUpgrade<Row, Data, Anonymous> {
  /** Tell it what happens on the runtime's own socket: from `opened` until `closed`, the socket is kept true. */
  readonly connection: Connection;
}

/** An upgrade that is refused: accept and close with `code` and `reason`, or send `response()`. */
export interface RefusedUpgrade extends SocketRefusal {
  /** It may not. */
  readonly accepted: false;
  /** The refusal as HTTP. */
  readonly response: () => Response;
  /** The subprotocol to be selected where the socket is accepted only to be closed. */
  readonly protocol: string | null;
}

/** What `auth.upgrade(request)` answers. */
export type UpgradeDecision<Row extends object, Data, Anonymous extends AnonymousRule> =
  | AcceptedUpgrade<Row, Data, Anonymous>
  | RefusedUpgrade;

/** Decides about an upgrade that the caller carries out, as a router of the application's own. */
export async function decideForRouter<Row extends object, Data, Anonymous extends AnonymousRule>(
  node: SocketNode<Row>,
  request: Request,
  handlers: SocketHandlers<Row, Data, Anonymous>,
  info: RequestInfo,
): Promise<UpgradeDecision<Row, Data, Anonymous>> {
  const attempt = node.attempts.begin(node.heard);
  const decision = await decideUpgrade(node.core, request, handlers, info, attempt);
  if (decision.accepted) {
    return { ...decision, connection: new SocketConnection(decision.socket, handlers, node, attempt) };
  }
  // How it is refused, and for how long that takes, is the caller's.
  attempt.over();
  return decision;
}

/**
 * Decides about an upgrade.
 *
 * @param message the token of the first message, where that is waited for
 */
export async function decideUpgrade<Row extends object, Data, Anonymous extends AnonymousRule>(
  core: AuthCore<Row>,
  request: Request,
  options: UpgradeOptions<Row, Data, Anonymous>,
  info: RequestInfo,
  attempt: Attempt,
  message: string | null = null,
): Promise<AdmittedUpgrade<Row, Data, Anonymous> | RefusedUpgrade> {
  const offered = offeredProtocols(request.headers.get("sec-websocket-protocol"));
  const protocol = selectProtocol(offered, options.protocols ?? []);
  const state = upgradeState(core, request, message);
  const result = await attempt.decide(() => accept(state, options, info, attempt, protocol));
  return typeof result === "string" ? refuseUpgrade(state, result, protocol) : result;
}

/** The state of an upgrade, which may carry a login where no other request does: in a subprotocol, or as a ticket. */
export function upgradeState<Row extends object>(
  core: AuthCore<Row>,
  request: Request,
  message: string | null = null,
): RequestState<Row> {
  const offered = offeredProtocols(request.headers.get("sec-websocket-protocol"));
  return new RequestState(core, request, { token: message ?? tokenIn(offered), ticket: ticketIn(request) });
}

/** Looked for before the address is taken apart: nearly every upgrade comes without. */
function ticketIn(request: Request): string | null {
  const text = request.url.includes("ticket=") ? urlOf(request).searchParams.get("ticket") : null;
  return text !== null && isOneTimeShape(text) ? text : null;
}

/** Makes the socket of who is let in. */
async function accept<Row extends object, Data, Anonymous extends AnonymousRule>(
  state: RequestState<Row>,
  options: UpgradeOptions<Row, Data, Anonymous>,
  info: RequestInfo,
  attempt: Attempt,
  protocol: string | null,
): Promise<AdmittedUpgrade<Row, Data, Anonymous> | RefusalCode> {
  const { core } = state;
  const result = await admit(state, options, new RequestContext(state, info), attempt);
  if (typeof result === "string") return result;
  const { user, data, cookies, mayBeAnonymous } = result;
  const rest = await basisFor(state).catch((error) => reasonOf(error, "finish", core.emit));
  if (typeof rest === "string") return rest;
  const { basis, session } = rest;
  const socket = new DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>({
    core,
    user,
    data,
    protocol: protocol ?? "",
    basis,
    session,
    mayBeAnonymous,
    binding: bindingOf(state, cookies),
  });
  return { accepted: true, socket, protocol, cookies };
}

interface Admission<Row extends object, Data, Anonymous extends AnonymousRule> {
  readonly user: SocketUser<Row, Anonymous>;
  readonly data: Data;
  readonly cookies: readonly string[];
  readonly mayBeAnonymous: boolean;
}

/** Lets in, or says why not. */
async function admit<Row extends object, Data, Anonymous extends AnonymousRule>(
  state: RequestState<Row>,
  options: UpgradeOptions<Row, Data, Anonymous>,
  context: RequestContext<Row>,
  attempt: Attempt,
): Promise<Admission<Row, Data, Anonymous> | RefusalCode> {
  // Browsers open sockets to any site and send its cookies along: the Origin is the only thing that tells a page of
  // ours from a foreign one. It costs no query, so it comes first.
  const isForeign = !isOriginAllowed(state);
  if (isForeign && !hasMeant(state)) return "origin_not_allowed";
  // What the browser added is the visitor's, and that page has no business with it.
  if (isForeign) state.disregardCookies();
  // Before anything is waited for: of many that come at once, all would find the same places free.
  const full = attempt.reserve(state.request, context.info, state.sessionKey) ?? attempt.turn();
  if (typeof full === "string") return full;
  let where: TroubleSource = "anonymous";
  try {
    if (full !== null) await full;
    if (attempt.isStopped) return "try_again_later";
    const login = state.identity();
    const { user, refusal, credential, sessionKey } = await login;
    // Another site's page may open a socket by a token of its own, and by nothing that the browser added to it.
    if (isForeign && (user === null || credential?.isAmbient !== false)) {
      return user === null && refusal !== null ? refusal : "origin_not_allowed";
    }
    // Who says who he is, and is not, is no stranger: an anonymous socket is not what was asked for.
    if (user === null && credential?.isAmbient === false) return refusal ?? "not_authenticated";
    // Asked for everybody: who is somebody now may log out later.
    const mayBeAnonymous = allowsAnonymous(options, state.request);
    if (user === null && !mayBeAnonymous) return refusal ?? "not_authenticated";
    // Nobody waits any more: nothing of the application runs, and nothing is taken or saved.
    if (attempt.isStopped) return "try_again_later";
    const isFull = user === null ? null : attempt.reserveFor(user.pk) ??
      (credential === undefined || credential.kind === "session"
        ? null
        : attempt.restsOn(sessionKey ?? null));
    if (isFull !== null) return isFull;
    where = "condition";
    const { condition } = options;
    // Only `true` lets in: a condition that forgot to return must not.
    if (condition !== undefined && (user === null || await condition(user, context) !== true)) {
      return "permission_denied";
    }
    where = "data";
    if (attempt.isStopped) return "try_again_later";
    const data = await options.data?.(state.request, context);
    where = "finish";
    if (attempt.isStopped) return "try_again_later";
    const hasChanged = state.askedIdentity !== login;
    const owner = hasChanged ? await userByNow(state, user, mayBeAnonymous, attempt) : user;
    if (typeof owner === "string") return owner;
    // The browser is the visitor's: nothing of that page's socket becomes a cookie there.
    const cookies = isForeign ? [] : (await commitUpgrade(state)).cookies;
    return { user: owner as SocketUser<Row, Anonymous>, data: data as Data, cookies, mayBeAnonymous };
  } catch (error) {
    return reasonOf(error, where, state.core.emit);
  }
}

/** Who is there after `condition` or `data` has logged somebody in or out, or why that cannot be. */
async function userByNow<Row extends object>(
  state: RequestState<Row>,
  before: User<Row> | null,
  mayBeAnonymous: boolean,
  attempt: Attempt,
): Promise<User<Row> | null | RefusalCode> {
  const { user } = await state.identity();
  if (user === null) return mayBeAnonymous ? null : "session_ended";
  // A socket belongs to one user, and that one was let in.
  if (before !== null) return isSameKey(before.pk, user.pk) ? user : "credentials_conflict";
  const key = (await state.openedSession)?.sessionKey ?? null;
  return attempt.reserveFor(user.pk) ?? attempt.restsOn(key) ?? user;
}

function allowsAnonymous<Row extends object, Data, Anonymous extends AnonymousRule>(
  { anonymous }: UpgradeOptions<Row, Data, Anonymous>,
  request: Request,
): boolean {
  return typeof anonymous === "function" ? anonymous(request) === true : anonymous === true;
}

/** Whether a login came that no browser sends along by itself. */
function hasMeant<Row extends object>(state: RequestState<Row>): boolean {
  const { jwt } = state.core;
  return credentialsOf(state, jwt?.transport).some(({ isAmbient }) => !isAmbient);
}

/** Whether anything came that a browser sends along by itself. */
function hasAmbient<Row extends object>(state: RequestState<Row>): boolean {
  const { jwt } = state.core;
  return state.hasSessionCookie || credentialsOf(state, jwt?.transport).some(({ isAmbient }) => isAmbient);
}

function isOriginAllowed<Row extends object>(state: RequestState<Row>): boolean {
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
  return verifyAllowedOrigins(state.facts.header("origin"), socketOrigin.allowedOrigins);
}

const LIMITED: ReadonlySet<RefusalCode> = new Set(["too_many_connections", "replaced"]);

/** A refusal, of which there is an event where nothing else tells of it. */
export function refuseUpgrade<Row extends object>(
  state: RequestState<Row>,
  reason: RefusalCode,
  protocol: string | null,
): RefusedUpgrade {
  const refused = refusal(reason);
  // Trouble and limits have their own events: an outage is no wave of refusals.
  if (refused.status < 500 && !LIMITED.has(reason)) {
    state.core.emit({ type: "auth.rejected", code: reason, path: urlOf(state.request).pathname });
  }
  return { accepted: false, ...refused, protocol, response: () => problem(refused.status, reason) };
}
