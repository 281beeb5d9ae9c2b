/** Whom a session names, by the identity cache where that knows it, and by the database where it does not. */

import { hasExpired, type StoredSession } from "../../session/store.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { UserId } from "../../users/user_table.ts";
import type { IdentityCache } from "../cache/identity_cache.ts";
import type { AuthCore } from "../core/core.ts";
import { identifySession, type Identity } from "./session_identity.ts";

/** Whom a session signs in, if that is known: somebody who was looked up, and of whose end nothing was heard since. */
export function knownIdentity<Row extends object>(
  sessionKey: string,
  { identities, clock, userOf }: Pick<AuthCore<Row>, "identities" | "clock" | "userOf">,
): Identity<Row> | null {
  const known = identities?.session(sessionKey) ?? null;
  // Nobody tells of a session that has expired by itself: it may have been put off meanwhile, and its row is asked.
  if (known === null || hasExpired(known, clock)) return null;
  return { user: userOf(known.record), refusal: null, upkeep: null, knownUntil: known.expireDate };
}

/** Looks a session and its user up, and keeps what was found where nothing is wrong with it. */
export function identifyAndKeep<Row extends object>(
  sessionKey: string,
  load: () => Promise<StoredSession | null>,
  core: AuthCore<Row>,
  identities: IdentityCache<Row>,
): Promise<Identity<Row>> {
  // Noted before anything is asked: an answer may be from before a logout that is heard in the meantime.
  const { heard } = identities;
  const askedAt = core.timers.now();
  return identifySession(load(), core, undefined, ({ expireDate }, record) => {
    identities.keepSession(sessionKey, expireDate, record, heard, askedAt);
  });
}

/** Whom a row names that was read already, which is the newer word: whoever else was known by that session is forgotten. */
export async function identifyAsRead<Row extends object>(
  sessionKey: string,
  stored: Promise<StoredSession | null>,
  core: AuthCore<Row>,
  identities: IdentityCache<Row>,
): Promise<Identity<Row>> {
  const identity = await identifySession(stored, core);
  const known = identities.session(sessionKey);
  if (known === null) return identity;
  const { user } = identity;
  const before = known.record.row[core.table.primaryKey as keyof Row] as UserId;
  if (user === null || !isSameKey(user.pk, before)) identities.drop(sessionKey);
  return identity;
}
