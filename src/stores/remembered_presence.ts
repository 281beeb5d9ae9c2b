/** Whether optional tables exist, remembered so that not every request queries it. */

import type { Clock } from "../types.ts";

/** An app may be installed while the server runs, so that absent tables are looked for again. */
const ABSENCE_RECHECK_MS = 60_000;

/** Returns `find` with a memory: presence is remembered for good, absence for a minute, a failure not at all. */
export function rememberPresence(clock: Clock, find: () => Promise<boolean>): () => Promise<boolean> {
  let known: Promise<boolean> | undefined;
  let absentSince = 0;
  return () => {
    if (absentSince > 0 && clock.now() - absentSince >= ABSENCE_RECHECK_MS) known = undefined;
    known ??= find().then(
      (isPresent) => {
        absentSince = isPresent ? 0 : clock.now();
        return isPresent;
      },
      (error) => {
        known = undefined;
        throw error;
      },
    );
    return known;
  };
}
