/**
 * Checks that the feed belongs to the database that is read: its URL may lead to another one, where nobody logs out.
 */

import { DatabaseError, DatabaseUnavailable } from "../../errors.ts";
import type { Database } from "../../database.ts";
import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import { formatProbe, MAX_QUEUE_USAGE } from "../../internal/feed_message.ts";
import { RANDOM_STRING_CHARS, randomString } from "../../internal/random.ts";
import { SQL_STATE } from "../../internal/sql_states.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { RandomBytes } from "../../types.ts";

/** Sends nothing where the triggers would not either. */
const PROBE = "select pg_catalog.pg_notify($1, $2) " +
  `where pg_catalog.pg_notification_queue_usage() <= ${MAX_QUEUE_USAGE}`;

/** The dependencies of {@link createFeedProbe}. */
export interface FeedProbeParts {
  readonly database: Pick<Database, "read">;
  readonly feed: Pick<FeedHub, "listen">;
  readonly timers: Timers;
  readonly randomBytes: RandomBytes;
}

/** How long a probe may take to arrive; as long as a dead feed may go unnoticed. */
const PROBE_TIMEOUT_MS = 5000;

/**
 * Creates a function that returns whether a probe sent by the database arrives over the feed. A standby cannot send
 * one, and passes. It rejects if the feed is lost or the database unavailable. Must not be called concurrently.
 */
export function createFeedProbe(
  { database, feed, timers, randomBytes }: FeedProbeParts,
): (channel: string) => Promise<boolean> {
  let expected: string | null = null;
  let arrived: () => void = () => {};
  let failed: (error: Error) => void = () => {};
  feed.listen({
    onMessage: (payload) => payload === expected && arrived(),
    onLost: (error) => failed(error),
    // Otherwise the pending probe would keep the process alive.
    onClose: () => failed(new DatabaseUnavailable("The feed was closed")),
  });

  return async (channel) => {
    const payload = expected = formatProbe(randomString(16, RANDOM_STRING_CHARS, randomBytes));
    let cancel: () => void = () => {};
    const answer = new Promise<boolean>((resolve, reject) => {
      arrived = () => resolve(true);
      failed = reject;
      cancel = timers.after(PROBE_TIMEOUT_MS, () => resolve(false));
    });
    // It may reject before it is awaited.
    answer.catch(() => {});
    try {
      const sent = await database.read(PROBE, [channel, payload]);
      if (sent.length === 0) {
        throw new DatabaseUnavailable("The notification queue of the database is nearly full");
      }
      return await answer;
    } catch (error) {
      // A standby cannot notify.
      if (error instanceof DatabaseError && error.sqlState === SQL_STATE.READ_ONLY_SQL_TRANSACTION) {
        return true;
      }
      throw error;
    } finally {
      cancel();
      expected = null;
    }
  };
}
