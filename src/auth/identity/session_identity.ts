/** Whom a session names: `django.contrib.auth.get_user`, without its writes. */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import { ALLOW_ALL_USERS_BACKEND } from "../../internal/django_names.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import { BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY } from "../../session/auth_keys.ts";
import type { SessionPayload } from "../../session/payload.ts";
import { Session } from "../../session/session.ts";
import { hasExpired, type SessionStore, type StoredSession } from "../../session/store.ts";
import type { Clock } from "../../types.ts";
import { parsePrimaryKey } from "../../users/primary_key.ts";
import type { UserRecord } from "../../users/store.ts";
import type { User } from "../../users/user.ts";
import type { UserId, UserTable } from "../../users/user_table.ts";
import type { IdentityServices } from "../core/core.ts";

/** The answer to "who is this?". */
export interface Identity<Row extends object> {
  readonly user: User<Row> | null;
  /** Why there is no user. */
  readonly refusal: NotAuthenticatedCode | null;
  /**
   * What Django would write at this point and `finish` does where it can: end a session whose hash is wrong, or
   * renew a hash that an older key made.
   */
  readonly upkeep: "end_session" | "renew_hash" | null;
  /** The token that it rests on; none where it is a session. */
  readonly token?: Token | undefined;
  /** The session that it rests on, as it was read; none where it is a token, or was not read. */
  readonly stored?: StoredSession | undefined;
  /** When the session ends, where the identity cache knew it and nothing was read. */
  readonly knownUntil?: Date | undefined;
  /** What simplejwt answers, where a token was refused. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

/** Backends of Django's own that let inactive users in. */
const INACTIVE_TOO: ReadonlySet<unknown> = new Set([
  ALLOW_ALL_USERS_BACKEND,
  "django.contrib.auth.backends.AllowAllUsersRemoteUserBackend",
]);

/** The id that a session names, or `null` when it names none in the form that Django writes. */
export function sessionUserId(
  payload: SessionPayload,
  services: Pick<IdentityServices<object>, "backends" | "onSessionTrouble"> & {
    readonly table: Pick<UserTable, "primaryKeyType">;
  },
): UserId | null {
  const backend = payload.get(BACKEND_SESSION_KEY);
  if (typeof backend !== "string") return null;
  // A session of a backend that is not configured signs nobody in, as in Django.
  if (!services.backends.includes(backend)) {
    services.onSessionTrouble("backend_unknown");
    return null;
  }
  // Django reads " 7 " and "007" as user 7. Only the form that it writes itself is believed here, so that no
  // other text can ever name a user.
  const named = payload.get(SESSION_KEY);
  const id = parsePrimaryKey(services.table.primaryKeyType, named);
  // Django writes none that it cannot read: with the wrong type declared, every user would be a stranger in silence.
  if (id === null && typeof named === "string") services.onSessionTrouble("user_id_malformed");
  return id;
}

/**
 * Whom a session names, as it is stored: a session that is gone or over names nobody. It is waited for here, and not by who
 * asks: each request comes through, and each function that waits costs it something.
 *
 * @param known the user as known by now, who comes back where nothing has changed
 * @param onGood is told of the rows of a session that signs its user in, and of which nothing has to be written anew
 */
export async function identifySession<Row extends object>(
  asked: StoredSession | null | Promise<StoredSession | null>,
  services: IdentityServices<Row> & { readonly clock: Clock },
  known?: User<Row>,
  onGood?: (stored: StoredSession, record: UserRecord<Row>) => void,
): Promise<Identity<Row>> {
  const stored = await asked;
  if (stored === null) return nobody("session_ended");
  if (hasExpired(stored, services.clock)) return nobody("session_expired");
  const id = sessionUserId(stored.payload, services);
  if (id === null) return nobody("not_authenticated");
  const record = await services.users.findById(id);
  if (record === null) return nobody("user_not_found");
  const identity = identifyUser(record, stored, services, known);
  if (identity.user !== null && identity.upkeep === null) onGood?.(stored, record);
  return identity;
}

/**
 * A session as it is stored: by its key, or as it is in memory.
 *
 * @throws {TypeError} for anything else
 */
export async function storedFrom(
  session: Session | string,
  { sessions }: { readonly sessions: Pick<SessionStore, "load"> },
): Promise<StoredSession | null> {
  if (typeof session === "string") return await sessions.load(session);
  if (!(session instanceof Session)) {
    // Its type alone: what was meant for a session may hold the key of one.
    const given = session === null ? "null" : typeof session;
    throw new TypeError(`getUserFromSession() got ${given}, expected a session or the key of one`);
  }
  if (!session.isLoaded) await session.load();
  // One that was never saved, or has gone, has nobody in it.
  return { payload: session.payload(), expireDate: session.getExpiryDate() };
}

/** Checks that a session may still speak for its user. */
function identifyUser<Row extends object>(
  record: UserRecord<Row>,
  stored: StoredSession,
  services: IdentityServices<Row>,
  known?: User<Row>,
): Identity<Row> {
  const user = services.userOf(record, known);
  const verdict = sessionVerdict(user, record.password, stored.payload, services);
  if (verdict === "user_inactive") return nobody(verdict);
  if (verdict === "password_changed") return nobody(verdict, "end_session");
  return { user, refusal: null, upkeep: verdict === "fallback" ? "renew_hash" : null, stored };
}

/** What a session of this user's is worth, by the encoded password that the user has. */
export function sessionVerdict<Row extends object>(
  user: User<Row>,
  password: string,
  payload: SessionPayload,
  { sessionHash }: Pick<IdentityServices<Row>, "sessionHash">,
): "current" | "fallback" | "user_inactive" | "password_changed" {
  // Refused here rather than in the query: an inactive user is told apart from one who is gone.
  if (!user.isActive && !INACTIVE_TOO.has(payload.get(BACKEND_SESSION_KEY))) return "user_inactive";
  // The hash changes with the password: sessions from before the change are over.
  const state = sessionHash.verify(password, payload.get(HASH_SESSION_KEY));
  return state === "invalid" ? "password_changed" : state;
}

/** An identity without a user. */
export function nobody<Row extends object>(
  refusal: NotAuthenticatedCode,
  upkeep: "end_session" | null = null,
): Identity<Row> {
  return { user: null, refusal, upkeep };
}
