/**
 * From an upgrade to a connection: the steps that are the same for every adapter. `check_handlers.ts` validates the
 * options of `websocket`.
 */

import type { RequestInfo } from "../../auth/request/context.ts";
import type { Handler } from "../../auth/request/handler.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { urlOf } from "../../internal/request_url.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { Attempt } from "../admission/attempt.ts";
import { type Connection, ForeignConnection, RefusedConnection } from "./connection.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers } from "../socket/options.ts";
import { FirstMessages } from "./first_message.ts";
import { offeredBy, selectProtocol } from "../protocol/subprotocols.ts";
import { requireHandlers } from "./check_handlers.ts";
import { answerClaim } from "../claims/redeem.ts";
import { isNearPath, isOnPath, isUpgrade, wrongVersion } from "../protocol/upgrade_request.ts";
import { SocketConnection } from "./socket_connection.ts";
import { decideUpgrade, emitRefusal, type RefusedUpgrade, refuseUpgrade } from "../upgrade/upgrade.ts";

/** An upgrade for the adapter to carry out. */
export interface PendingConnection {
  /** Receives the connection's events; `closed(1006, "")` if the upgrade cannot be carried out: it holds places. */
  readonly connection: Connection;
  /** The subprotocol to select, or `null` for none. */
  readonly protocol: string | null;
  /** The values of the Set-Cookie headers for the 101. */
  readonly cookies: readonly string[];
}

/** Decides about the upgrade requests of one server. */
export interface Connector<Row extends object = DjangoUserRow> {
  /** Returns whether a request asks for a socket, on a path that takes sockets. */
  wants(request: Request): boolean;
  /** Decides; a response is to be sent instead of the upgrade. Nothing that a client sends makes it throw. */
  connect(request: Request, info: RequestInfo): Promise<Response | PendingConnection>;
  /** Returns the handler (for `auth.handle`) of a request to one of djauth's own paths; `null` for all others. */
  handlerFor(request: Request): Handler<Row> | null;
  /** The connection of any other socket of the same server: it is reported and closed with 1011. */
  readonly foreign: Connection;
}

/** The default path where claims are redeemed. */
const CLAIM_PATH = "/.djauth/claim";

/**
 * Creates the connector of a set of handlers.
 *
 * @param runtimeOptions the names of further options that the runtime accepts
 * @throws {ImproperlyConfigured} `improperly_configured`: a misspelt guard must not silently be off
 */
export function createConnector<Row extends object, Data, Anonymous extends AnonymousRule>(
  node: SocketNode<Row>,
  handlers: SocketHandlers<Row, Data, Anonymous>,
  runtimeOptions: readonly string[],
): Connector<Row> {
  requireHandlers(node.core, handlers, runtimeOptions);
  const { claimPath = CLAIM_PATH } = handlers;
  const firstMessages = handlers.firstMessage ? new FirstMessages(node, handlers) : null;

  /**
   * Creates a connection that waits for its token, where there is room for one more.
   *
   * @param refused why the login that came with the upgrade was refused; `null` where none came
   */
  function wait(
    messages: FirstMessages<Row, Data, Anonymous>,
    request: Request,
    info: RequestInfo,
    refused: RefusalCode | null,
  ): PendingConnection | Response {
    const attempt = node.attempts.begin(node.newsCount);
    const connection = messages.connection(request, info, attempt, refused);
    const offered = offeredBy(request);
    const protocol = selectProtocol(offered, handlers.protocols ?? []);
    if (typeof connection !== "string") return { connection, protocol, cookies: [] };
    attempt.stop(connection);
    return turnAway(request, refuseUpgrade(connection, protocol), attempt);
  }

  /** Refuses over HTTP or by a connection, as `rejectWith` says. */
  function turnAway(
    request: Request,
    refused: RefusedUpgrade,
    attempt: Attempt,
  ): PendingConnection | Response {
    emitRefusal(node.core, request, refused.reason);
    if (handlers.rejectWith === "http" || !node.attempts.tryLinger(attempt)) {
      attempt.finish();
      return refused.response();
    }
    return { connection: new RefusedConnection(refused, attempt), protocol: refused.protocol, cookies: [] };
  }

  return {
    foreign: new ForeignConnection(node.core.emit),
    wants(request) {
      if (!isUpgrade(request)) return false;
      const { path } = handlers;
      if (isOnPath(request, path)) return true;
      const { pathname } = urlOf(request);
      if (path !== undefined && isNearPath(pathname, path)) node.core.hints.pathMissed(pathname);
      return false;
    },
    handlerFor(request) {
      // A cheap test before the URL is parsed: this runs for every request.
      if (claimPath === null || !request.url.includes(claimPath)) return null;
      return urlOf(request).pathname === claimPath ? answerClaim : null;
    },
    connect(request, info) {
      const refused = wrongVersion(request);
      if (refused !== null) return Promise.resolve(refused);
      // A function `anonymous` may let a stranger in; it is called later, in its turn.
      if (!handlers.anonymous && firstMessages?.hasNoLogin(request)) {
        return Promise.resolve(wait(firstMessages, request, info, null));
      }
      const attempt = node.attempts.begin(node.newsCount);
      // Not an async function: its frame would be kept for each waiting upgrade and resumed in a turn of its own.
      return decideUpgrade(node.core, request, handlers, info, attempt).then((decision) => {
        if (decision.accepted) {
          const connection = new SocketConnection(decision.socket, handlers, node, attempt);
          return { connection, protocol: decision.protocol, cookies: decision.cookies };
        }
        if (!firstMessages?.mayWait(request, decision.reason)) return turnAway(request, decision, attempt);
        // The refused attempt must not hold places beside the waiting one.
        attempt.finish();
        return wait(firstMessages, request, info, firstMessages.hasNoLogin(request) ? null : decision.reason);
      });
    },
  };
}
