/** Identifies the user of a session: `django.contrib.auth.get_user`, without its writes. */

import { ALLOW_ALL_USERS_BACKEND } from "../../internal/django_names.ts";
import { BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY } from "../../session/auth_keys.ts";
import type { SessionPayload } from "../../session/payload.ts";
import type { Session } from "../../session/session.ts";
import { hasExpired, type StoredSession } from "../../session/store.ts";
import type { Clock } from "../../types.ts";
import { parsePrimaryKey } from "../../users/primary_key.ts";
import type { UserRecord } from "../../users/store.ts";
import type { User } from "../../users/user.ts";
import type { UserId, UserTable } from "../../users/user_table.ts";
import type { IdentityServices } from "../core/core.ts";
import { type Identity, nobody } from "./identity.ts";

/** Django's own backends that admit inactive users. */
const INACTIVE_TOO: ReadonlySet<unknown> = new Set([
  ALLOW_ALL_USERS_BACKEND,
  "django.contrib.auth.backends.AllowAllUsersRemoteUserBackend",
]);

/** The last date that JavaScript has. */
const NEVER = new Date(8.64e15);

/** The options of {@link identifySession}. */
interface IdentifyOptions<Row extends object> {
  /** The current user object, returned again if nothing has changed. */
  readonly known?: User<Row>;
  /** Called with the rows of a session that identifies its user and needs no upkeep. */
  readonly onGood?: (stored: StoredSession, record: UserRecord<Row>) => void;
}

/** Created once: every request passes through. */
const NOTHING_MORE = {};

/** Returns the user id in a session, or `null` if there is none in the form that Django writes. */
export function sessionUserId(
  payload: SessionPayload,
  services: Pick<IdentityServices<object>, "backends" | "onSessionTrouble"> & {
    readonly table: Pick<UserTable, "primaryKeyType">;
  },
): UserId | null {
  const backend = payload.get(BACKEND_SESSION_KEY);
  if (typeof backend !== "string") return null;
  // A session of a backend that is not configured is not accepted, as in Django.
  if (!services.backends.includes(backend)) {
    services.onSessionTrouble("backend_unknown");
    return null;
  }
  // Django reads " 7 " and "007" as user 7. Only the form that it writes itself is accepted here, so that no other
  // string can ever name a user.
  const named = payload.get(SESSION_KEY);
  const id = parsePrimaryKey(services.table.primaryKeyType, named);
  // Django never writes an id that it cannot read: if the wrong type is declared, nobody could sign in, without any
  // notice.
  if (id === null && typeof named === "string") services.onSessionTrouble("user_id_malformed");
  return id;
}

/**
 * Identifies the user of a stored session; a missing or expired session has none. The promise is awaited here and not
 * by the caller: every request passes through, and each further async function costs time.
 */
export async function identifySession<Row extends object>(
  asked: StoredSession | null | Promise<StoredSession | null>,
  services: IdentityServices<Row> & { readonly clock: Clock },
  { known, onGood }: IdentifyOptions<Row> = NOTHING_MORE,
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
 * Identifies the user of a session that the request has opened: by its data as the request has left them. One that has
 * ended is emptied, as by Django's `get_user`; its row is deleted with the response, and what is set from now on is a
 * new session's.
 *
 * @param identifyStored identifies the user by the row, for a session that was not modified
 */
export async function identifyOpened<Row extends object>(
  opened: Promise<Session>,
  identifyStored: () => Promise<Identity<Row>>,
  services: IdentityServices<Row> & { readonly clock: Clock },
): Promise<Identity<Row>> {
  const session = await opened;
  const identity = session.modified
    // Like Django, this does not look at the expiry of what is in memory.
    ? await identifySession({ payload: await loadedPayload(session), expireDate: NEVER }, services)
    : await identifyStored();
  if (identity.upkeep === "end_session") {
    session.clear();
    session.sessionKey = null;
  }
  return identity;
}

/** Returns the data of a session, loaded anew if they were forgotten. */
export async function loadedPayload(session: Session): Promise<SessionPayload> {
  await session.load();
  return session.payload();
}

/** Checks that a session is still valid for its user. */
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

/** Returns whether a session of this user is valid, given the user's current encoded password. */
export function sessionVerdict<Row extends object>(
  user: User<Row>,
  password: string,
  payload: SessionPayload,
  { sessionHash }: Pick<IdentityServices<Row>, "sessionHash">,
): "current" | "fallback" | "user_inactive" | "password_changed" {
  // Refused here rather than in the query, to distinguish an inactive user from a deleted one.
  if (!user.isActive && !INACTIVE_TOO.has(payload.get(BACKEND_SESSION_KEY))) return "user_inactive";
  // The hash changes with the password: sessions from before the change have ended.
  const state = sessionHash.verify(password, payload.get(HASH_SESSION_KEY));
  return state === "invalid" ? "password_changed" : state;
}
