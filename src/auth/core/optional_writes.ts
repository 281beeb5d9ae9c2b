/** Writes that nothing depends on, as those that Django makes while it reads a session. What they write is known above. */

import { DatabaseError } from "../../errors.ts";
import type { Timers } from "../../internal/time/timers.ts";
import { WriteRight } from "../../users/write_right.ts";
import type { EventListener } from "../events/events.ts";

/** Runs such writes. */
export interface OptionalWrites {
  /** What `write` answers; `false` where it failed, or was not tried since the role may not write. */
  run(write: () => Promise<boolean>): Promise<boolean>;
}

/** What a database answers never fails a request here; and without the right to write, one attempt is enough. */
export function createOptionalWrites(emit: EventListener, timers?: Timers): OptionalWrites {
  const right = new WriteRight(timers);
  return {
    async run(write) {
      if (right.isDenied) return false;
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        if (!right.isDenial(error)) emit({ type: "auth.unavailable", error });
        return false;
      }
    },
  };
}
