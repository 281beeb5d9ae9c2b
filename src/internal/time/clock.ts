/** The clock of the machine, used where no other is given. */

import type { Clock } from "../../types.ts";

/** `Date.now()`. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };
