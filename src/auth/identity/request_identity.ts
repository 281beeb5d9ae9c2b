/**
 * Identifies the user of a request that may carry several credentials: by a declared precedence, refusing
 * contradictions.
 */

import type { StoredSession } from "../../session/store.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";
import { type Credential, credentialsOf, type CredentialSource } from "./credentials.ts";
import { type Identity, nobody, refusedIdentity } from "./identity.ts";
import { sessionUserId } from "./session_identity.ts";
import { identifyTicket } from "./ticket_identity.ts";
import { identifyToken, namesUser } from "./token_identity.ts";
import type { TokenService } from "../core/token_service.ts";

/** The identity of a request, and the credential on which it is based. */
export type RequestIdentity<Row extends object> = Identity<Row> & RequestBasis;

/** What the identity of a request is based on. */
interface RequestBasis {
  /** Not set without a credential, and if sessions are the only kind. */
  readonly credential?: Credential;
  /** The session key of a ticket. */
  readonly sessionKey?: string | null;
}

/** The part of a request that is needed to identify its user. */
export interface IdentitySource<Row extends object> extends CredentialSource {
  readonly core: AuthCore<Row>;
  /** Returns the session as it is stored. */
  stored(): Promise<StoredSession | null>;
  /** Returns the identity of the session. */
  sessionIdentity(): Promise<Identity<Row>>;
}

const MALFORMED = {
  detail: "Authorization header must contain two space-delimited values",
  code: "bad_authorization_header",
};

/**
 * Identifies the user of a request. The first explicit credential decides, as with the authentication classes of Django
 * REST framework. One that the browser sends by itself may be long expired: then the next one is tried.
 */
export async function identifyRequest<Row extends object>(
  state: IdentitySource<Row>,
  service: TokenService<Row> | null,
): Promise<RequestIdentity<Row>> {
  const credentials = credentialsOf(state, service?.transport ?? null);
  let decided: RequestIdentity<Row> | null = null;
  let others: Credential[] = [];
  let hasSessionEnded = false;
  for (const [index, credential] of credentials.entries()) {
    const identity = await identityOf(credential, state, service);
    hasSessionEnded ||= identity.upkeep === "end_session";
    if (identity.user !== null || !credential.isAmbient) {
      decided = { ...identity, credential };
      others = credentials.slice(index + 1);
      break;
    }
    decided ??= { ...identity, credential };
  }
  if (decided === null) return nobody("not_authenticated");
  const { user } = decided;
  let isConflict = false;
  for (const other of others) {
    if (user === null || await nameAgrees(other, user, state, service)) continue;
    const identity = await identityOf(other, state, service);
    isConflict ||= identity.user !== null && !isSameKey(identity.user.pk, user.pk);
    hasSessionEnded ||= identity.upkeep === "end_session";
  }
  // With a silent precedence, the request would act as one user on what another one asked for.
  if (isConflict) decided = { ...nobody("credentials_conflict"), credential: decided.credential };
  // Its data belong to nobody, whichever credential decides.
  return hasSessionEnded ? { ...decided, upkeep: "end_session" } : decided;
}

async function identityOf<Row extends object>(
  credential: Credential,
  state: IdentitySource<Row>,
  service: TokenService<Row> | null,
): Promise<Identity<Row>> {
  switch (credential.kind) {
    case "session":
      return await state.sessionIdentity();
    case "token":
      return await identifyToken(credential.text, service!, state.core, {
        isLasting: state.upgrade !== null,
        users: state.core.knownUsers,
      });
    case "ticket":
      return await identifyTicket(credential.text, state.core);
    case "malformed":
      return refusedIdentity("bad_authorization_header", MALFORMED);
  }
}

/** Returns whether a credential names this user, or nobody, without a query for the user. */
async function nameAgrees<Row extends object>(
  credential: Credential,
  user: User<Row>,
  state: IdentitySource<Row>,
  service: TokenService<Row> | null,
): Promise<boolean> {
  if (credential.kind === "session") {
    const stored = await state.stored();
    const id = stored === null ? null : sessionUserId(stored.payload, state.core);
    return stored === null || id !== null && isSameKey(id, user.pk);
  }
  if (credential.kind === "malformed") return true;
  if (credential.kind === "ticket") return false;
  const verified = await service!.tokens.verifyAny(credential.text);
  return "code" in verified || namesUser(verified.token, user, service!, state.core);
}
