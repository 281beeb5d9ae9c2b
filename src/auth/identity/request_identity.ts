/** Who a request comes from, where it may carry more than one login: a declared order, and no silence about a contradiction. */

import type { StoredSession } from "../../session/store.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";
import { type Credential, credentialsOf, type CredentialSource } from "./credentials.ts";
import { type Identity, nobody, sessionUserId } from "./session_identity.ts";
import { identifyTicket } from "./ticket_identity.ts";
import { identifyToken, namesUser, refusedIdentity } from "./token_identity.ts";
import type { TokenService } from "../core/token_service.ts";

/** Whom a request comes from, and which of its logins says so. */
export interface RequestIdentity<Row extends object> extends Identity<Row> {
  /** Not there where there was none, and where nothing but a session can be one. */
  readonly credential?: Credential;
  /** The key of a ticket's session. */
  readonly sessionKey?: string | null;
}

/** A request, as far as its logins go. */
export interface IdentitySource<Row extends object> extends CredentialSource {
  readonly core: AuthCore<Row>;
  /** The session as it is stored. */
  stored(): Promise<StoredSession | null>;
  /** Whom the session names. */
  sessionIdentity(): Promise<Identity<Row>>;
}

const MALFORMED = {
  detail: "Authorization header must contain two space-delimited values",
  code: "bad_authorization_header",
};

/**
 * The first login that was put there on purpose decides, as with the authentication classes of Django REST framework. One
 * that the browser sends along may be long over: then the next one is asked.
 */
export async function identifyRequest<Row extends object>(
  state: IdentitySource<Row>,
  service: TokenService<Row> | null,
): Promise<RequestIdentity<Row>> {
  const credentials = credentialsOf(state, service?.transport);
  let decided: RequestIdentity<Row> | null = null;
  let others: Credential[] = [];
  for (const [index, credential] of credentials.entries()) {
    const identity = await identityOf(credential, state, service);
    if (identity.user !== null || !credential.isAmbient) {
      decided = { ...identity, credential };
      others = credentials.slice(index + 1);
      break;
    }
    decided ??= { ...identity, credential };
  }
  if (decided === null) return nobody("not_authenticated");
  const { user } = decided;
  if (user === null) return decided;
  for (const other of others) {
    // Ranked in silence, the request would do for one person what another one asked for.
    if (await namesAnother(other, user, state, service)) {
      return { ...decided, ...nobody<Row>("credentials_conflict"), token: undefined };
    }
  }
  return decided;
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

/** Whether a login is another user's; one that is worth nothing belongs to no user. Without a query where the names agree. */
async function namesAnother<Row extends object>(
  credential: Credential,
  user: User<Row>,
  state: IdentitySource<Row>,
  service: TokenService<Row> | null,
): Promise<boolean> {
  if (await nameAgrees(credential, user, state, service)) return false;
  const { user: other } = await identityOf(credential, state, service);
  return other !== null && !isSameKey(other.pk, user.pk);
}

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
