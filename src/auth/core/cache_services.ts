/** The identity cache of one `djangoAuth()`, which is also notified of this process's own changes. */

import type { Database } from "../../database.ts";
import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import type { Timers } from "../../internal/time/timers.ts";
import { feedChannel } from "../../stores/triggers/sql.ts";
import type { Triggers } from "../../stores/triggers/triggers.ts";
import type { UserFinder } from "../../users/store.ts";
import type { UserTable } from "../../users/user_table.ts";
import type { RandomBytes } from "../../types.ts";
import { createFeedProbe } from "../cache/feed_probe.ts";
import { IdentityCache } from "../cache/identity_cache.ts";
import type { SettingsHints } from "../events/hints.ts";
import type { Settings } from "../options/settings.ts";
import type { OwnChanges } from "./own_changes.ts";

/** The identity cache, and the users through it. */
export interface CacheServices<Row extends object> {
  /** The identity cache; `null` if it is off. */
  readonly identities: IdentityCache<Row> | null;
  /** The users, of whom cached ones are not looked up. */
  readonly knownUsers: UserFinder<Row>;
}

/** The dependencies of {@link createCacheServices}. */
export interface CacheServicesParts<Row extends object> {
  readonly table: Pick<UserTable<Row>, "primaryKey">;
  readonly users: UserFinder<Row>;
  readonly feed: FeedHub;
  readonly database: Pick<Database, "read">;
  readonly triggers: Pick<Triggers, "status" | "tables">;
  readonly ownChanges: OwnChanges;
  readonly hints: Pick<SettingsHints, "triggersMissing" | "feedElsewhere">;
  readonly timers: Timers;
  readonly randomBytes: RandomBytes;
}

/** Creates the cache, if it is on. */
export function createCacheServices<Row extends object>(
  { identityCache: settings }: Pick<Settings, "identityCache">,
  parts: CacheServicesParts<Row>,
): CacheServices<Row> {
  const { table, users, feed, ownChanges, timers } = parts;
  if (settings === null) return { identities: null, knownUsers: users };
  const identities = new IdentityCache<Row>({
    settings,
    primaryKey: table.primaryKey as keyof Row & string,
    feed,
    areChangesNotified: createNotificationCheck(parts),
    timers,
  });
  const sessionChanged = (sessionKey: string): void => identities.sessionChanged(sessionKey);
  // Ahead of the feed, and also for changes that fire no trigger.
  ownChanges.subscribe({
    sessionEnded: sessionChanged,
    sessionSaved: sessionChanged,
    sessionReplaced: sessionChanged,
    userChanged: (id) => identities.userChanged(id),
  });
  return { identities, knownUsers: identities.knownUsers(users) };
}

/** Creates the check that every end of a login is notified; hints at what is wrong if not. */
function createNotificationCheck<Row extends object>(parts: CacheServicesParts<Row>): () => Promise<boolean> {
  const { triggers, hints } = parts;
  const isHeard = createFeedProbe(parts);
  return async () => {
    const { users, sessions } = await triggers.tables();
    const states = await triggers.status();
    const silent = states.filter(({ state }) => state !== "installed").map(({ table }) => table);
    if (sessions === null || silent.length > 0) {
      hints.triggersMissing([...new Set(silent)]);
      return false;
    }
    const heard = await isHeard(feedChannel(users));
    if (!heard) hints.feedElsewhere();
    return heard;
  };
}
