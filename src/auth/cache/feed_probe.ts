/** Whether the feed tells of the very database that is read: its address may lead to another one, where nobody logs out. */

import { DatabaseError, DatabaseUnavailable } from "../../errors.ts";
import type { Database } from "../../database.ts";
import type { FeedHub } from "../../databases/feed/feed_hub.ts";
import { formatProbe } from "../../internal/feed_message.ts";
import { RANDOM_STRING_CHARS, randomString } from "../../internal/random.ts";
import { READ_ONLY } from "../../internal/read_only.ts";
import type { Timers } from "../../internal/time/timers.ts";
import type { RandomBytes } from "../../types.ts";

/** The dependencies of {@link createFeedProbe}. */
export interface FeedProbeParts {
  readonly database: Pick<Database, "read">;
  readonly feed: Pick<FeedHub, "listen">;
  readonly timers: Timers;
  readonly randomBytes: RandomBytes;
}

/** Milliseconds within which a word must be heard; as long as a feed may be dead in silence. */
const PATIENCE = 5000;

/**
 * Makes the question whether a word that is said in the database is heard over the feed. A standby cannot say one: there, it is
 * taken to be so. The answer is an error where the feed is lost, or the database away. One is asked at a time.
 */
export function createFeedProbe(
  { database, feed, timers, randomBytes }: FeedProbeParts,
): (channel: string) => Promise<boolean> {
  let word: string | null = null;
  let hear: () => void = () => {};
  let lose: (error: Error) => void = () => {};
  feed.listen({
    onMessage: (payload) => payload === word && hear(),
    onLost: (error) => lose(error),
    // Nothing must wait for an answer then, and keep the process alive.
    onClose: () => lose(new DatabaseUnavailable("The feed was closed")),
  });

  return async (channel) => {
    const said = word = formatProbe(randomString(16, RANDOM_STRING_CHARS, randomBytes));
    let cancel: () => void = () => {};
    const answer = new Promise<boolean>((resolve, reject) => {
      hear = () => resolve(true);
      lose = reject;
      cancel = timers.after(PATIENCE, () => resolve(false));
    });
    // It may be refused before anybody waits for it.
    answer.catch(() => {});
    try {
      await database.read("select pg_catalog.pg_notify($1, $2)", [channel, said]);
      return await answer;
    } catch (error) {
      // A standby tells nothing.
      if (error instanceof DatabaseError && error.sqlState === READ_ONLY) return true;
      throw error;
    } finally {
      cancel();
      word = null;
    }
  };
}
