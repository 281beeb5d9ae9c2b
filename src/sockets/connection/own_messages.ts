/**
 * Messages of djauth's on a socket that is open: a newer token for it to rest on, and the login of a client that did not know
 * that it was signed in already.
 */

import { isSameKey } from "../../users/primary_key.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { isOutage } from "../../internal/outages.ts";
import { identifyToken } from "../../auth/identity/token_identity.ts";
import { DjauthError } from "../../errors.ts";
import { refusal } from "../protocol/close_codes.ts";
import type { SocketNode } from "../node/node.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { socketInside } from "../socket/socket.ts";
import { TokenBasis } from "../socket/token_basis.ts";
import { AUTHENTICATED, type OwnMessage, refreshedMessage } from "../protocol/token_messages.ts";

/** A socket that can be moved from one token to another. */
export interface RenewableSocket<Row extends object> extends LiveSocket<Row> {
  /** Puts another login under the socket. */
  move(change: () => void, heard: number, since: number): void;
}

/** Which messages are taken: those that are switched on. */
export interface OwnMessageOptions {
  readonly firstMessage?: boolean | object;
  readonly tokenRefresh?: boolean;
}

/**
 * Answers a message, or says why nothing has changed. The socket goes on resting on what it did, unless a newer token is
 * found good; it closes for a token that is not, and for another user's.
 */
export async function answerMessage<Row extends object>(
  node: SocketNode<Row>,
  live: RenewableSocket<Row>,
  message: OwnMessage,
  options: OwnMessageOptions,
): Promise<RefusalCode | null> {
  const { core, heard } = node;
  const { user } = live.socket;
  const basis = socketInside.basisOf(live.socket);
  const isRefresh = message.type === "djauth.refresh";
  const isTaken = isRefresh
    ? options.tokenRefresh === true && basis instanceof TokenBasis
    : message.type === "djauth.authenticate" && Boolean(options.firstMessage);
  // Nothing is said of a token that nobody looks at.
  if (core.jwt === null || user === null || !isTaken) return "not_authenticated";
  const since = core.timers.now();
  const end = (code: RefusalCode): null => {
    const { code: closeCode, reason } = refusal(code);
    live.end(closeCode, reason);
    const milliseconds = core.timers.now() - since;
    const { id: socketId } = live.socket;
    core.emit({ type: "auth.revoked", code, occasion: "message", userId: user.pk, socketId, milliseconds });
    return null;
  };
  if (message.token === null) return end("token_invalid");
  try {
    const identity = await identifyToken(message.token, core.jwt, core, { isLasting: true });
    if (live.isClosing) return null;
    // By now it may rest on a login that was made over it, or be nobody's.
    if (socketInside.basisOf(live.socket) !== basis) return "try_again_later";
    if (identity.user === null) return end(identity.refusal ?? "token_invalid");
    // A socket belongs to one user for as long as it lives.
    if (!isSameKey(identity.user.pk, user.pk)) return end("credentials_conflict");
    if (!isRefresh) {
      live.socket.send(AUTHENTICATED);
      return null;
    }
    const next = new TokenBasis(core, identity.token!, identity.user);
    live.move(() => socketInside.restOn(live.socket, next), heard, heard);
    if (live.isClosing) return null;
    const expires = identity.token!.claims.get("exp");
    live.socket.send(refreshedMessage(expires));
    return null;
  } catch (error) {
    // An outage is no refusal: until its own end, the socket rests on what it has.
    if (isOutage(error)) core.emit({ type: "auth.unavailable", error });
    else if (!(error instanceof DjauthError)) core.emit({ type: "error", where: "message", error });
    return "try_again_later";
  }
}
