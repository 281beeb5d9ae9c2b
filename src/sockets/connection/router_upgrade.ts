/** Upgrades for an application's own router, which carries them out itself. */

import { ImproperlyConfigured } from "../../errors.ts";
import type { RequestInfo } from "../../auth/request/context.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers } from "../socket/options.ts";
import { type AdmittedUpgrade, decideUpgrade, emitRefusal, type RefusedUpgrade } from "../upgrade/upgrade.ts";
import { requireHandlers } from "./check_handlers.ts";
import type { Connection } from "./connection.ts";
import { SocketConnection } from "./socket_connection.ts";

/** An accepted upgrade, for the caller to carry out. */
export interface AcceptedUpgrade<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> extends AdmittedUpgrade<Row, Data, Anonymous> {
  /**
   * Pass the events of the runtime's socket to it: from `opened` to `closed`, djauth watches the socket's login. If the
   * upgrade cannot be carried out, as for a client that has left, call `closed(1006, "")`: until then it holds places.
   */
  readonly connection: Connection;
}

/** The result of `auth.upgrade(request)`. */
export type UpgradeDecision<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> =
  | AcceptedUpgrade<Row, Data, Anonymous>
  | RefusedUpgrade;

/** Handlers that were validated: a router passes the same ones with every request. */
const checked = new WeakSet<object>();

/**
 * Decides about an upgrade that the caller (an application's own router) carries out.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for invalid handlers and options
 */
export async function decideForRouter<Row extends object, Data, Anonymous extends AnonymousRule>(
  node: SocketNode<Row>,
  request: Request,
  handlers: SocketHandlers<Row, Data, Anonymous>,
  info: RequestInfo,
): Promise<UpgradeDecision<Row, Data, Anonymous>> {
  if (handlers?.firstMessage) {
    throw new ImproperlyConfigured(
      "websocket.firstMessage is on, which auth.upgrade() cannot wait for; use attach() or auth.connector()",
    );
  }
  if (!checked.has(handlers)) requireHandlers(node.core, handlers, []);
  checked.add(handlers);
  const attempt = node.attempts.begin(node.newsCount);
  const decision = await decideUpgrade(node.core, request, handlers, info, attempt);
  if (decision.accepted) {
    return { ...decision, connection: new SocketConnection(decision.socket, handlers, node, attempt) };
  }
  emitRefusal(node.core, request, decision.reason);
  // The caller refuses it; no place is held for that.
  attempt.finish();
  return decision;
}
