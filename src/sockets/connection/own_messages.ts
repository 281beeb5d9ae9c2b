/**
 * djauth's own messages on an open socket: a newer token for it to rest on, and the login of a client that did not know
 * that it was logged in already.
 */

import { isSameKey } from "../../users/primary_key.ts";
import type { RefusalCode } from "../../error_codes.ts";
import { type Identified, nobody } from "../../auth/identity/identity.ts";
import { identifyToken } from "../../auth/identity/token_identity.ts";
import type { SocketNode } from "../node/node.ts";
import type { LiveSocket } from "../registry/registry.ts";
import { revoke } from "../revalidation/revoke.ts";
import type { SocketBasis } from "../socket/basis.ts";
import type { MoveNews } from "../socket/keeper.ts";
import { socketInternals } from "../socket/socket.ts";
import { TokenBasis } from "../socket/token_basis.ts";
import {
  AUTHENTICATED,
  type OwnMessage,
  refreshedMessage,
  type TokenMessage,
} from "../protocol/token_messages.ts";
import { reasonOf } from "../upgrade/trouble.ts";

const REFRESH: TokenMessage = "djauth.refresh";

/** A socket that can be moved from one token to another. */
export interface RenewableSocket<Row extends object> extends LiveSocket<Row> {
  /** Puts another login under the socket. */
  move(change: () => void, news: MoveNews): void;
}

/** Which messages are accepted: those that are switched on. */
export interface OwnMessageOptions {
  readonly firstMessage?: boolean | object;
  readonly tokenRefresh?: boolean;
}

/**
 * Answers a message, or returns why nothing has changed. The socket keeps resting on its login, unless a newer token is
 * valid; it closes for a token that is not valid or is another user's.
 */
export async function answerMessage<Row extends object>(
  node: SocketNode<Row>,
  live: RenewableSocket<Row>,
  message: OwnMessage,
  options: OwnMessageOptions,
): Promise<RefusalCode | null> {
  const { core, newsCount } = node;
  const { jwt } = core;
  const { user } = live.socket;
  const basis = socketInternals.basisOf(live.socket);
  // Nothing is disclosed about a token that is not verified.
  if (jwt === null || user === null || !isAccepted(message, basis, options)) return "not_authenticated";
  const startedAt = core.timers.now();
  const close = (code: RefusalCode): void =>
    revoke(core, live, { code, occasion: "message", userId: user.pk, startedAt });
  try {
    const identity = message.token === null
      ? nobody("token_invalid")
      : await identifyToken(message.token, jwt, core, { isLasting: true });
    if (live.isClosing) return null;
    // Meanwhile a login over the socket may have replaced the basis, or a logout removed it.
    if (socketInternals.basisOf(live.socket) !== basis) return "try_again_later";
    if (identity.refusal !== null) close(identity.refusal);
    // A socket belongs to one user for its whole life.
    else if (!isSameKey(identity.user.pk, user.pk)) close("credentials_conflict");
    else if (message.type === REFRESH) rebind(node, live, identity, newsCount);
    else live.socket.send(AUTHENTICATED);
    return null;
  } catch (error) {
    // An error does not refuse a token: the socket keeps resting on what it has.
    reasonOf(error, "message", core.emit);
    return "try_again_later";
  }
}

/** Returns whether a message of this type is switched on, and makes sense on this socket. */
function isAccepted<Row extends object>(
  { type }: OwnMessage,
  basis: SocketBasis<Row> | null,
  { firstMessage, tokenRefresh }: OwnMessageOptions,
): boolean {
  if (type === REFRESH) return tokenRefresh === true && basis instanceof TokenBasis;
  return type === "djauth.authenticate" && Boolean(firstMessage);
}

/** Lets the socket rest on the newer token, and answers with the token's expiry. */
function rebind<Row extends object>(
  { core }: SocketNode<Row>,
  live: RenewableSocket<Row>,
  { token, user }: Identified<Row>,
  newsCount: number,
): void {
  const next = new TokenBasis(core, token!, user);
  live.move(() => socketInternals.restOn(live.socket, next), { atLookup: newsCount, atStart: newsCount });
  // A limit or an order may have closed it.
  if (!live.isClosing) live.socket.send(refreshedMessage(token!.claims.get("exp")));
}
