/** The system clock, the default where no other is given. */

import type { Clock } from "../../types.ts";

/** `Date.now()`. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };
