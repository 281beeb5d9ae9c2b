/** A newer token for a socket that rests on one: of the same user, whatever else it says. */

import { isSameKey } from "../../users/primary_key.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { isOutage } from "../../auth/events/outages.ts";
import { identifyToken } from "../../auth/identity/token_identity.ts";
import { DjauthError } from "../../errors.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { SocketNode } from "../node/node.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { socketInside } from "../socket/socket.ts";
import { TokenBasis } from "../socket/token_basis.ts";
import type { OwnMessage } from "../protocol/token_messages.ts";

/** A socket that can be moved from one token to another. */
export interface RenewableSocket<Row extends object> extends LiveSocket<Row> {
  /** Puts another login under the socket. */
  move(change: () => void, heard: number): void;
}

/**
 * Takes a message of the type `djauth.refresh`. The socket goes on resting on what it did until the new token is found
 * good; it closes for one that is not, and for another user's.
 */
export async function renewToken<Row extends object>(
  node: SocketNode<Row>,
  live: RenewableSocket<Row>,
  message: OwnMessage,
): Promise<void> {
  const { core, heard } = node;
  const { user } = live.socket;
  const basis = socketInside.basisOf(live.socket);
  if (core.jwt === null || user === null || !(basis instanceof TokenBasis)) {
    return refuseRenewal(live, "not_authenticated");
  }
  const since = core.timers.now();
  const end = (code: RefusalCode): void => {
    const { code: closeCode, reason } = refusal(code);
    live.end(closeCode, reason);
    const milliseconds = core.timers.now() - since;
    const { id: socketId } = live.socket;
    core.emit({ type: "auth.revoked", code, occasion: "message", userId: user.pk, socketId, milliseconds });
  };
  if (message.type !== "djauth.refresh" || message.token === null) return end("token_invalid");
  try {
    const identity = await identifyToken(message.token, core.jwt, core, { isLasting: true });
    // By now it may have closed, or rest on a login that was made over it.
    if (live.isClosing || socketInside.basisOf(live.socket) !== basis) return;
    if (identity.user === null) return end(identity.refusal ?? "token_invalid");
    // A socket belongs to one user for as long as it lives.
    if (!isSameKey(identity.user.pk, user.pk)) return end("credentials_conflict");
    const next = new TokenBasis(core, identity.token!);
    live.move(() => socketInside.restOn(live.socket, next), heard);
    // An order that meant the new token came while it was looked at, and no socket rested on it.
    const ending = node.recentOrders.missed(live, heard);
    if (ending !== null) return live.end(ending.code, ending.reason);
    const expires = identity.token!.claims.get("exp");
    live.socket.send(JSON.stringify({ type: "djauth.refreshed", expires }));
  } catch (error) {
    // An outage is no refusal: until its own end, the socket rests on what it has.
    if (isOutage(error)) core.emit({ type: "auth.unavailable", error });
    else if (!(error instanceof DjauthError)) core.emit({ type: "error", where: "message", error });
    refuseRenewal(live, "try_again_later");
  }
}

/** Says that nothing has changed. */
export function refuseRenewal<Row extends object>({ socket }: LiveSocket<Row>, reason: RefusalCode): void {
  socket.send(JSON.stringify({ type: "djauth.refused", reason }));
}
