/** Identifies the user of a session by the identity cache, or else by the database. */

import { hasExpired, type StoredSession } from "../../session/store.ts";
import { isSameKey } from "../../users/primary_key.ts";
import type { UserId } from "../../users/user_table.ts";
import type { IdentityCache } from "../cache/identity_cache.ts";
import type { AuthCore } from "../core/core.ts";
import type { Identity } from "./identity.ts";
import { identifySession } from "./session_identity.ts";

/** Returns the cached identity of a session, or `null`. */
export function knownIdentity<Row extends object>(
  sessionKey: string,
  { identities, clock, userOf }: Pick<AuthCore<Row>, "identities" | "clock" | "userOf">,
): Identity<Row> | null {
  const known = identities?.session(sessionKey) ?? null;
  // An expired entry is no answer: the session may have been extended since, so its row must be read.
  if (known === null || hasExpired(known, clock)) return null;
  return { user: userOf(known.record), refusal: null, upkeep: null, knownUntil: known.expireDate };
}

/** Looks up a session and its user, and caches the result if nothing is wrong with it. */
export function identifyAndKeep<Row extends object>(
  sessionKey: string,
  load: () => Promise<StoredSession | null>,
  core: AuthCore<Row>,
  identities: IdentityCache<Row>,
): Promise<Identity<Row>> {
  // Noted before the query: its result may predate a logout that is notified in the meantime.
  const { newsCount } = identities;
  const askedAt = core.timers.now();
  return identifySession(load(), core, {
    onGood: ({ expireDate }, record) =>
      identities.keepSession(sessionKey, expireDate, record, newsCount, askedAt),
  });
}

/**
 * Identifies the user by a row that was already read, which is more recent than the cache: a differing entry is
 * dropped.
 */
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
