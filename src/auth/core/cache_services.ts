/** The identity cache of one `djangoAuth()`, and who tells it what this process itself has changed. */

import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { Triggers } from "../../stores/triggers/triggers.ts";
import type { UserFinder } from "../../users/store.ts";
import type { UserTable } from "../../users/user_table.ts";
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
  readonly triggers: Pick<Triggers, "status" | "tables">;
  readonly ownChanges: OwnChanges;
  readonly hints: Pick<SettingsHints, "triggersMissing">;
  readonly timers: Timers;
}

/** Makes the cache, where one is wanted. */
export function createCacheServices<Row extends object>(
  { identityCache: settings }: Pick<Settings, "identityCache">,
  { table, users, feed, triggers, ownChanges, hints, timers }: CacheServicesParts<Row>,
): CacheServices<Row> {
  if (settings === null) return { identities: null, knownUsers: users };
  const identities = new IdentityCache<Row>({
    settings,
    primaryKey: table.primaryKey as keyof Row & string,
    feed,
    isTold: () => areComplete(triggers),
    onUntold: () => hints.triggersMissing(),
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

/** Whether nothing that ends a login can pass in silence. */
async function areComplete(triggers: Pick<Triggers, "status" | "tables">): Promise<boolean> {
  const { sessions } = await triggers.tables();
  const states = await triggers.status();
  return sessions !== null && states.every(({ state }) => state === "installed");
}
