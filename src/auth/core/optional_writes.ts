/** Writes that nothing depends on, such as those that Django makes while reading a session. */

import { DatabaseError } from "../../errors.ts";
import type { Timers } from "../../internal/time/timers.ts";
import { WriteRight } from "../../users/write_right.ts";
import type { EventListener } from "../events/events.ts";

/** Runs optional writes. */
export interface OptionalWrites {
  /** Returns the result of `write`; `false` if it failed, or was skipped because the role may not write. */
  run(write: () => Promise<boolean>): Promise<boolean>;
}

/**
 * Creates the runner: a database error never fails a request; without the permission to write, one attempt is enough.
 */
export function createOptionalWrites(emit: EventListener, timers?: Timers): OptionalWrites {
  const right = new WriteRight(timers);
  return {
    async run(write) {
      if (right.isDenied) return false;
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        if (!right.noteDenial(error)) emit({ type: "auth.unavailable", error });
        return false;
      }
    },
  };
}
