/** The clock of the machine, for whoever is not given another one. */

import type { Clock } from "../../types.ts";

/** `Date.now()`. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };
