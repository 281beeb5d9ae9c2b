/** The identity cache of one `djangoAuth()`, and who tells it what this process itself has changed. */

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

/** Who is known without a look-up. */
export interface CacheServices<Row extends object> {
  /** Who was there a moment ago; `null` where each is looked up each time. */
  readonly identities: IdentityCache<Row> | null;
  /** The users, of whom those who were there a moment ago need not be looked up. */
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

/** Makes the cache, where one is wanted. */
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
    isTold: createQuestion(parts),
    timers,
  });
  const sessionChanged = (sessionKey: string): void => identities.sessionChanged(sessionKey);
  // Before the feed tells of it, and also of what no trigger fires for.
  ownChanges.subscribe({
    sessionEnded: sessionChanged,
    sessionSaved: sessionChanged,
    sessionReplaced: sessionChanged,
    userChanged: (id) => identities.userChanged(id),
  });
  return { identities, knownUsers: identities.knownUsers(users) };
}

/** The question whether nothing that ends a login can pass in silence; says what is wrong where something can. */
function createQuestion<Row extends object>(parts: CacheServicesParts<Row>): () => Promise<boolean> {
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
