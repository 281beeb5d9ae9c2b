/** Upgrades for a router of the application's own, which carries them out itself. */

import { ImproperlyConfigured } from "../../errors.ts";
import type { RequestInfo } from "../../auth/request/context.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { SocketNode } from "../node/node.ts";
import type { AnonymousRule, SocketHandlers } from "../socket/options.ts";
import { type AdmittedUpgrade, decideUpgrade, type RefusedUpgrade, tellRefusal } from "../upgrade/upgrade.ts";
import { requireHandlers } from "./check_handlers.ts";
import type { Connection } from "./connection.ts";
import { SocketConnection } from "./socket_connection.ts";

/** An upgrade that may happen. */
export interface AcceptedUpgrade<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> extends AdmittedUpgrade<Row, Data, Anonymous> {
  /** Tell it what happens on the runtime's own socket: from `opened` until `closed`, the socket is kept true. */
  readonly connection: Connection;
}

/** What `auth.upgrade(request)` answers. */
export type UpgradeDecision<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> =
  | AcceptedUpgrade<Row, Data, Anonymous>
  | RefusedUpgrade;

/** Those that were found right: a router gives the same ones with every request. */
const checked = new WeakSet<object>();

/**
 * Decides about an upgrade that the caller carries out, as a router of the application's own.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for handlers and options that cannot be
 */
export async function decideForRouter<Row extends object, Data, Anonymous extends AnonymousRule>(
  node: SocketNode<Row>,
  request: Request,
  handlers: SocketHandlers<Row, Data, Anonymous>,
  info: RequestInfo,
): Promise<UpgradeDecision<Row, Data, Anonymous>> {
  if (!checked.has(handlers)) requireHandlers(handlers, []);
  if (handlers.firstMessage) {
    throw new ImproperlyConfigured(
      "websocket.firstMessage is on, expected attach() or auth.connector(), which wait for it",
    );
  }
  checked.add(handlers);
  const attempt = node.attempts.begin(node.heard);
  const decision = await decideUpgrade(node.core, request, handlers, info, attempt);
  if (decision.accepted) {
    return { ...decision, connection: new SocketConnection(decision.socket, handlers, node, attempt) };
  }
  tellRefusal(node.core, request, decision.reason);
  // How it is refused, and for how long that takes, is the caller's.
  attempt.over();
  return decision;
}
