/**
 * The decision about an upgrade, and the socket of one that is let in. `admit.ts` says who that is; nothing that a
 * stranger sends makes it throw.
 */

import { RequestContext, type RequestInfo } from "../../auth/request/context.ts";
import type { AuthCore } from "../../auth/core/core.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { problem } from "../../auth/request/problem.ts";
import { RequestState } from "../../auth/request/request_state.ts";
import { isOneTimeShape } from "../../auth/core/one_time_logins.ts";
import { urlOf } from "../../internal/request_url.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { Attempt } from "../admission/attempt.ts";
import { type Admission, admit } from "./admit.ts";
import { bindingOf } from "../claims/claim_binding.ts";
import { refusal, type SocketRefusal } from "../protocol/close_codes.ts";
import type { AnonymousRule, SocketUser, UpgradeOptions } from "../socket/options.ts";
import { isTokenAlone, offeredBy, selectProtocol, tokenIn } from "../protocol/subprotocols.ts";
import { DjangoSocket } from "../socket/socket.ts";
import { reasonOf } from "./trouble.ts";
import { basisFor, type SocketRest } from "./upgrade_basis.ts";

/** An upgrade that may happen, for who makes a connection of it. */
export interface AdmittedUpgrade<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> {
  /** It may. */
  readonly accepted: true;
  /** The socket to be. */
  readonly socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  /** The subprotocol to be selected, or `null` for none. Never one that the client put a token into. */
  readonly protocol: string | null;
  /** The values of the Set-Cookie headers for the 101. */
  readonly cookies: readonly string[];
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

/**
 * Decides about an upgrade. A refusal is told by the caller, who may wait for a login instead.
 *
 * @param message the token of the first message, where that is waited for
 */
export function decideUpgrade<Row extends object, Data, Anonymous extends AnonymousRule>(
  core: AuthCore<Row>,
  request: Request,
  options: UpgradeOptions<Row, Data, Anonymous>,
  info: RequestInfo,
  attempt: Attempt,
  message: string | null = null,
): Promise<AdmittedUpgrade<Row, Data, Anonymous> | RefusedUpgrade> {
  const offered = offeredBy(request);
  const protocol = selectProtocol(offered, options.protocols ?? []);
  // Only browsers mind, and they send an Origin; what the page sees is a connection that failed, with no reason.
  if (isTokenAlone(offered, protocol) && request.headers.has("origin")) core.hints.tokenAlone();
  const state = upgradeState(core, request, message, offered);
  return attempt.decide(
    () => accept(state, options, info, attempt, protocol),
    (reason) => refuseUpgrade(reason, protocol),
  );
}

/**
 * The state of an upgrade, which may carry a login where no other request does: in a subprotocol, or as a ticket.
 *
 * @param message the token of a first message, which counts before one among the subprotocols
 * @param offered the subprotocols, where they were read before: each look at a header leaves JavaScript on Deno
 */
export function upgradeState<Row extends object>(
  core: AuthCore<Row>,
  request: Request,
  message: string | null = null,
  offered: readonly string[] = offeredBy(request),
): RequestState<Row> {
  return new RequestState(core, request, { token: message ?? tokenIn(offered), ticket: ticketIn(request) });
}

/** Looked for before the address is taken apart: nearly every upgrade comes without. */
function ticketIn(request: Request): string | null {
  const text = request.url.includes("ticket=") ? urlOf(request).searchParams.get("ticket") : null;
  return text !== null && isOneTimeShape(text) ? text : null;
}

/** Makes the socket of who is let in, or says why there is none. */
function accept<Row extends object, Data, Anonymous extends AnonymousRule>(
  state: RequestState<Row>,
  options: UpgradeOptions<Row, Data, Anonymous>,
  info: RequestInfo,
  attempt: Attempt,
  protocol: string | null,
): Promise<AdmittedUpgrade<Row, Data, Anonymous> | RefusalCode> {
  return admit(state, options, new RequestContext(state, info), attempt).then((result) => {
    if (typeof result === "string") return result;
    const rest = basisFor(state, result.identity);
    // Known at once for nearly everybody: a function that waits costs each upgrade something.
    if (!(rest instanceof Promise)) return socketOn<Row, Data, Anonymous>(state, result, rest, protocol);
    return rest.then((rest) => socketOn<Row, Data, Anonymous>(state, result, rest, protocol));
  }).catch((error) => reasonOf(error, "finish", state.core.emit));
}

/** The socket of who is let in, on what it is to rest on. */
function socketOn<Row extends object, Data, Anonymous extends AnonymousRule>(
  state: RequestState<Row>,
  { identity, data, cookies, mayBeAnonymous }: Admission<Row, Data>,
  rest: SocketRest<Row>,
  protocol: string | null,
): AdmittedUpgrade<Row, Data, Anonymous> | RefusalCode {
  const { core } = state;
  // Without anything to look at again, neither a logout nor the end of the account would ever close it.
  if (identity.user !== null && rest.basis === null) {
    const error = new TypeError(
      "data() or condition() left a user without a login: use auth.login and auth.logout",
    );
    core.emit({ type: "error", where: "data", error });
    return "server_error";
  }
  const socket = new DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>({
    core,
    user: identity.user as SocketUser<Row, Anonymous>,
    data,
    protocol: protocol ?? "",
    ...rest,
    mayBeAnonymous,
    binding: bindingOf(state, cookies, rest.basis),
  });
  return { accepted: true, socket, protocol, cookies };
}

const LIMITED: ReadonlySet<RefusalCode> = new Set(["too_many_connections", "replaced"]);

/** A refusal. */
export function refuseUpgrade(reason: RefusalCode, protocol: string | null): RefusedUpgrade {
  const refused = refusal(reason);
  return { accepted: false, ...refused, protocol, response: () => problem(refused.status, reason) };
}

/** Tells of a refusal where nothing else does. */
export function tellRefusal<Row extends object>(
  { emit }: AuthCore<Row>,
  request: Request,
  reason: RefusalCode,
): void {
  // Trouble and limits have their own events: an outage is no wave of refusals.
  if (refusal(reason).status >= 500 || LIMITED.has(reason)) return;
  emit({ type: "auth.rejected", code: reason, path: urlOf(request).pathname });
}
