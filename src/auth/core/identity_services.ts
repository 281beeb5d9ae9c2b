/** The identity cache of one `djangoAuth()`, and who tells it what has ended. */

import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { Triggers } from "../../stores/triggers/triggers.ts";
import type { UserTable } from "../../users/user_table.ts";
import { IdentityCache } from "../cache/identity_cache.ts";
import type { SettingsHints } from "../events/hints.ts";
import type { Settings } from "../options/settings.ts";
import type { OwnChanges } from "./own_changes.ts";

/** The dependencies of {@link createIdentityServices}. */
export interface IdentityServicesParts<Row extends object> {
  readonly table: Pick<UserTable<Row>, "primaryKey">;
  readonly feed: FeedHub;
  readonly triggers: Pick<Triggers, "status" | "tables">;
  readonly ownChanges: OwnChanges;
  readonly hints: Pick<SettingsHints, "triggersMissing">;
  readonly timers: Timers;
}

/** The cache, or `null` where none is wanted. */
export function createIdentityServices<Row extends object>(
  { identityCache: settings }: Pick<Settings, "identityCache">,
  { table, feed, triggers, ownChanges, hints, timers }: IdentityServicesParts<Row>,
): IdentityCache<Row> | null {
  if (settings === null) return null;
  const cache = new IdentityCache<Row>({
    settings,
    primaryKey: table.primaryKey as keyof Row & string,
    feed,
    isTold: () => areComplete(triggers),
    onUntold: () => hints.triggersMissing(),
    timers,
  });
  // What this process does itself, it need not wait to hear.
  ownChanges.subscribe({
    sessionEnded: (key) => cache.sessionEnded(key),
    // Its end may have been brought forward.
    sessionSaved: (key) => cache.sessionEnded(key),
    sessionReplaced: (key) => cache.sessionEnded(key),
    userChanged: (id) => cache.userChanged(id),
    tokensEnded: () => {},
  });
  return cache;
}

/** Whether nothing that ends a login can pass in silence. */
async function areComplete(triggers: Pick<Triggers, "status" | "tables">): Promise<boolean> {
  const { sessions } = await triggers.tables();
  const states = await triggers.status();
  return sessions !== null && states.every(({ state }) => state === "installed");
}
