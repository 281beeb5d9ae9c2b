/** Identifies the user of a ticket at the time of its use. */

import type { Token } from "../../jwt/tokens/token.ts";
import { expiryOf } from "../../jwt/claims/claim_rules.ts";
import type { TokenClaims } from "../../jwt/claims/claims.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { AuthCore } from "../core/core.ts";
import { type Identity, nobody } from "./identity.ts";
import { identifySession } from "./session_identity.ts";
import { identifyVerified, refusedTokenCode } from "./token_identity.ts";

/** The identity of a ticket, and the key of the session that it stands for. */
export type TicketIdentity<Row extends object> = Identity<Row> & { readonly sessionKey: string | null };

/** Redeems a ticket, and verifies its login like any other. */
export async function identifyTicket<Row extends object>(
  text: string,
  core: AuthCore<Row>,
): Promise<TicketIdentity<Row>> {
  const login = await core.tickets.take(text);
  if (login === null) return { ...nobody("ticket_invalid"), sessionKey: null };
  const { sessionKey, claims, userId } = login;
  const identity = sessionKey === null
    ? await identifyClaims(claims, core)
    : await identifySession(core.sessions.load(sessionKey), core);
  // By now the session may belong to another user.
  const isOthers = identity.user !== null && !isSameKey(identity.user.pk, userId);
  return { ...(isOthers ? nobody("session_ended") : identity), sessionKey };
}

async function identifyClaims<Row extends object>(
  claims: TokenClaims,
  core: AuthCore<Row>,
): Promise<Identity<Row>> {
  const now = core.clock.now();
  if (core.jwt === null) return nobody("token_invalid");
  const { leeway } = core.jwt.tokens.settings;
  if (!((expiryOf(claims) + leeway) * 1000 > now)) return nobody("token_expired");
  const token: Token = { type: "access", claims, currentTime: now };
  const refused = await core.jwt.tokens.blacklistRefusal(token);
  if (refused !== null) return nobody(refusedTokenCode(refused.code));
  return await identifyVerified(token, core.jwt, core);
}
