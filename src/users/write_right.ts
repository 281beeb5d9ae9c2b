/** Whether writes that are not necessary are worth trying: some roles are there to read, and so is a standby. */

import { DatabaseError } from "../errors.ts";
import { READ_ONLY } from "../internal/read_only.ts";
import { SYSTEM_TIMERS, type Timers } from "../internal/time/timers.ts";

/** Milliseconds after which a server that was read-only is tried again. */
const PAUSE = 60_000;

/** What is known about it. */
export class WriteRight {
  readonly #timers: Timers;
  #deniedUntil = -Infinity;

  constructor(timers: Timers = SYSTEM_TIMERS) {
    this.#timers = timers;
  }

  /** Whether a write was refused for want of right, and would be again. */
  get isDenied(): boolean {
    return this.#timers.now() < this.#deniedUntil;
  }

  /** Notes what a write threw; whether it was refused for want of right. */
  isDenial(error: unknown): boolean {
    if (!(error instanceof DatabaseError) || error.code !== "database_permission_denied") return false;
    // A standby writes once it takes the place of the other. What a role may not, it is hardly given meanwhile, and each
    // attempt would be a line in the log of the database.
    this.#deniedUntil = error.sqlState === READ_ONLY ? this.#timers.now() + PAUSE : Infinity;
    return true;
  }
}
