/** From an upgrade to a connection: what every adapter does the same way. */

import type { RequestInfo } from "../../auth/request/context.ts";
import {
  requireKnown,
  requireObject,
  requireOneOf,
  requireSeconds,
  requireTexts,
  requireType,
  wrong,
} from "../../internal/option_checks.ts";
import { requirePaths } from "../../auth/options/address_checks.ts";
import type { Handler } from "../../auth/request/handler.ts";
import { requireTokens } from "../../auth/core/token_service.ts";
import { urlOf } from "../../internal/request_url.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { Attempt } from "../admission/attempt.ts";
import { type Connection, ForeignConnection, RefusedConnection } from "./connection.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers } from "../socket/options.ts";
import { FirstMessages } from "./first_message.ts";
import { isCredential, offeredProtocols, selectProtocol } from "../protocol/subprotocols.ts";
import { answerClaim } from "./redeem.ts";
import { wantsSocket, wrongVersion } from "../protocol/upgrade_request.ts";
import { SocketConnection } from "./socket_connection.ts";
import { decideUpgrade, type RefusedUpgrade, refuseUpgrade, upgradeState } from "./upgrade.ts";

/** An upgrade that the adapter shall carry out. */
export interface PendingConnection {
  /** What is told of the connection's events. */
  readonly connection: Connection;
  /** The subprotocol to be selected, or `null` for none. */
  readonly protocol: string | null;
  /** The values of the Set-Cookie headers for the 101. */
  readonly cookies: readonly string[];
}

/** Decides about the upgrades of one server. */
export interface Connector<Row extends object = DjangoUserRow> {
  /** Whether a request asks for a socket on a path that has them. */
  wants(request: Request): boolean;
  /** Decides; a response is to be sent in the place of the upgrade. Never throws. */
  connect(request: Request, info: RequestInfo): Promise<Response | PendingConnection>;
  /** What answers a request for a page of djauth's own, which goes through `auth.handle` as any; `null` for all others. */
  handlerFor(request: Request): Handler<Row> | null;
  /** For a socket of the same server that none of these upgrades made: it is reported, and closed with 1011. */
  readonly foreign: Connection;
}

/** Where claims are redeemed. */
const CLAIM_PATH = "/.djauth/claim";

const OPTIONS: readonly string[] = [
  ...["path", "anonymous", "condition", "protocols", "data", "rejectWith"],
  ...["open", "message", "close", "onIdentityChange", "maxPayloadLength", "idleTimeout", "claimPath"],
  ...["firstMessage", "tokenRefresh"],
];

/**
 * Makes the connector of a set of handlers.
 *
 * @param runtimeOptions the names of further options, which the runtime takes
 * @throws {ImproperlyConfigured} `improperly_configured`: a misspelt guard must not be a guard that is off
 */
export function createConnector<Row extends object, Data, Anonymous extends AnonymousRule>(
  node: SocketNode<Row>,
  handlers: SocketHandlers<Row, Data, Anonymous>,
  runtimeOptions: readonly string[],
): Connector<Row> {
  checkHandlers(handlers, [...OPTIONS, ...runtimeOptions]);
  if (handlers.firstMessage || handlers.tokenRefresh) requireTokens(node.core);
  const { claimPath = CLAIM_PATH } = handlers;
  const firstMessages = handlers.firstMessage ? new FirstMessages(node, handlers) : null;

  /** A connection that waits for its token, where there is room for one more. */
  function wait(
    messages: FirstMessages<Row, Data, Anonymous>,
    request: Request,
    info: RequestInfo,
  ): PendingConnection | Response {
    const attempt = node.attempts.begin(node.heard);
    const connection = messages.connection(request, info, attempt);
    const offered = offeredProtocols(request.headers.get("sec-websocket-protocol"));
    const protocol = selectProtocol(offered, handlers.protocols ?? []);
    if (typeof connection !== "string") return { connection, protocol, cookies: [] };
    attempt.stop(connection);
    return turnAway(refuseUpgrade(upgradeState(node.core, request), connection, protocol), attempt);
  }

  /** A refusal, in the way in which refusals are sent. */
  function turnAway(refused: RefusedUpgrade, attempt: Attempt): PendingConnection | Response {
    if (handlers.rejectWith === "http" || !node.attempts.mayLinger(attempt)) {
      attempt.over();
      return refused.response();
    }
    return { connection: new RefusedConnection(refused, attempt), protocol: refused.protocol, cookies: [] };
  }

  return {
    foreign: new ForeignConnection(node.core.emit),
    wants: (request) => wantsSocket(request, handlers.path),
    handlerFor(request) {
      // Looked for before it is taken apart: every request comes along here.
      if (claimPath === null || !request.url.includes(claimPath)) return null;
      return urlOf(request).pathname === claimPath ? answerClaim : null;
    },
    async connect(request, info) {
      const refused = wrongVersion(request);
      if (refused !== null) return refused;
      // Whether a stranger may be there at all, a function of the application says; it is asked in its turn.
      if (!handlers.anonymous && firstMessages?.hasNoLogin(request)) {
        return wait(firstMessages, request, info);
      }
      const attempt = node.attempts.begin(node.heard);
      const decision = await decideUpgrade(node.core, request, handlers, info, attempt);
      if (decision.accepted) {
        const connection = new SocketConnection(decision.socket, handlers, node, attempt);
        return { connection, protocol: decision.protocol, cookies: decision.cookies };
      }
      if (!firstMessages?.mayWait(request, decision.reason)) return turnAway(decision, attempt);
      // What was refused holds no place beside the one that waits.
      attempt.over();
      return wait(firstMessages, request, info);
    },
  };
}

function checkHandlers<Row extends object, Data, Anonymous extends AnonymousRule>(
  handlers: SocketHandlers<Row, Data, Anonymous>,
  known: readonly string[],
): void {
  requireObject("websocket", handlers);
  requireKnown("websocket.", handlers, known);
  for (const name of ["condition", "data", "open", "message", "close", "onIdentityChange"] as const) {
    requireType(`websocket.${name}`, handlers[name], "function");
  }
  requirePaths("websocket.path", handlers.path);
  if (handlers.claimPath !== null) {
    requireType("websocket.claimPath", handlers.claimPath, "string");
    requirePaths("websocket.claimPath", handlers.claimPath);
  }
  if (typeof handlers.anonymous !== "function") {
    requireType("websocket.anonymous", handlers.anonymous, "boolean");
  }
  requireTexts("websocket.protocols", handlers.protocols);
  const credential = handlers.protocols?.find(isCredential);
  if (credential !== undefined) {
    throw wrong("websocket.protocols", "djauth.…", "no protocol that begins as a credential does");
  }
  checkTokenMessages(handlers);
  requireOneOf("websocket.rejectWith", handlers.rejectWith, ["close", "http"]);
  for (const name of ["maxPayloadLength", "idleTimeout"] as const) {
    // Zero seconds mean no end on both runtimes.
    if (handlers[name] !== 0) requireSeconds(`websocket.${name}`, handlers[name]);
  }
}

/** Seconds; a connection whose user is not known is not kept for longer. */
const LONGEST_WAIT = 300;

function checkTokenMessages<Row extends object, Data, Anonymous extends AnonymousRule>(
  { firstMessage, tokenRefresh }: SocketHandlers<Row, Data, Anonymous>,
): void {
  requireType("websocket.tokenRefresh", tokenRefresh, "boolean");
  if (typeof firstMessage === "boolean") return;
  requireObject("websocket.firstMessage", firstMessage);
  if (firstMessage === undefined) return;
  requireKnown("websocket.firstMessage.", firstMessage, ["deadline"]);
  requireSeconds("websocket.firstMessage.deadline", firstMessage.deadline, { to: LONGEST_WAIT });
}
