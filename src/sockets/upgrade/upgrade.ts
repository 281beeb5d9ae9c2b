/**
 * The decision about an upgrade, and the socket of an accepted one. `admit.ts` decides who is admitted; nothing that a
 * stranger sends makes this throw.
 */

import { emitRejected } from "../../auth/events/rejected.ts";
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

/** An accepted upgrade, for the code that creates its connection. */
export interface AdmittedUpgrade<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> {
  /** Discriminates from a refusal. */
  readonly accepted: true;
  /** The socket, which is not open yet. */
  readonly socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>;
  /** The subprotocol to select, or `null` for none; never one that carries a token. */
  readonly protocol: string | null;
  /** The values of the Set-Cookie headers for the 101. */
  readonly cookies: readonly string[];
}

/** An upgrade that is refused: accept and close with `code` and `reason`, or send `response()`. */
export interface RefusedUpgrade extends SocketRefusal {
  /** Discriminates from an accepted upgrade. */
  readonly accepted: false;
  /** Creates the HTTP response of the refusal. */
  readonly response: () => Response;
  /** The subprotocol to select where the socket is accepted only to be closed. */
  readonly protocol: string | null;
}

/**
 * Decides about an upgrade. The caller reports a refusal, since it may wait for a login instead.
 *
 * @param message the token of the first message, if it came in one
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
  // Only browsers (which send an Origin) fail such a connection, and the page does not learn why.
  if (isTokenAlone(offered, protocol) && request.headers.has("origin")) core.hints.tokenAlone();
  const state = upgradeState(core, request, message, offered);
  return attempt.decide(
    // Not an async function: its frame would be kept for each upgrade under way and resumed in a turn of its own.
    () =>
      admit(state, options, new RequestContext(state, info), attempt).then((admission) =>
        typeof admission === "string" ? admission : accept(state, admission, protocol)
      ),
    (reason) => refuseUpgrade(reason, protocol),
    (error) => reasonOf(error, "finish", core.emit),
  );
}

/**
 * Creates the state of an upgrade. Unlike other requests it may carry a login in a subprotocol or as a ticket.
 *
 * @param message the token of a first message, which takes precedence over one among the subprotocols
 * @param offered the subprotocols, if already read: each access to a header leaves JavaScript on Deno
 */
export function upgradeState<Row extends object>(
  core: AuthCore<Row>,
  request: Request,
  message: string | null = null,
  offered: readonly string[] = offeredBy(request),
): RequestState<Row> {
  return new RequestState(core, request, { token: message ?? tokenIn(offered), ticket: ticketIn(request) });
}

/** Returns the ticket in the URL, which is only parsed where it may have one: nearly every upgrade has none. */
function ticketIn(request: Request): string | null {
  const text = request.url.includes("ticket=") ? urlOf(request).searchParams.get("ticket") : null;
  return text !== null && isOneTimeShape(text) ? text : null;
}

/** An accepted upgrade, or the reason for a refusal. */
type Decision<Row extends object, Data, Anonymous extends AnonymousRule> =
  | AdmittedUpgrade<Row, Data, Anonymous>
  | RefusalCode;

/** Finds what the socket of an admitted visitor rests on, nearly always without a promise, and creates it. */
function accept<Row extends object, Data, Anonymous extends AnonymousRule>(
  state: RequestState<Row>,
  admission: Admission<Row, Data>,
  protocol: string | null,
): Decision<Row, Data, Anonymous> | Promise<Decision<Row, Data, Anonymous>> {
  const rest = basisFor(state, admission.identity);
  const create = (found: SocketRest<Row>): Decision<Row, Data, Anonymous> =>
    socketOn(state, admission, found, protocol);
  return rest instanceof Promise ? rest.then(create) : create(rest);
}

/** Creates the socket, or returns the reason for a refusal. */
function socketOn<Row extends object, Data, Anonymous extends AnonymousRule>(
  state: RequestState<Row>,
  { identity, data, cookies, mayBeAnonymous }: Admission<Row, Data>,
  rest: SocketRest<Row>,
  protocol: string | null,
): Decision<Row, Data, Anonymous> {
  const { core } = state;
  // Without a basis to recheck, neither a logout nor the deletion of the user would ever close the socket.
  if (identity.user !== null && rest.basis === null) {
    const error = new TypeError(
      "data() or condition() left a user without a login; use auth.login and auth.logout",
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

/** Creates a refusal. */
export function refuseUpgrade(reason: RefusalCode, protocol: string | null): RefusedUpgrade {
  const refused = refusal(reason);
  return { accepted: false, ...refused, protocol, response: () => problem(refused.status, reason) };
}

/** Reports a refusal that has no other event. */
export function emitRefusal<Row extends object>(
  { emit }: AuthCore<Row>,
  request: Request,
  reason: RefusalCode,
): void {
  // Errors and limits have events of their own: an outage must not look like a wave of refused logins.
  if (refusal(reason).status >= 500 || LIMITED.has(reason)) return;
  emitRejected(emit, request, reason);
}
