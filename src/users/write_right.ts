/** Whether optional writes are worth trying: some roles can only read, and so can a standby. */

import { DatabaseError } from "../errors.ts";
import { SQL_STATE } from "../internal/sql_states.ts";
import { SYSTEM_TIMERS, type Timers } from "../internal/time/timers.ts";

/** How long a server that was read-only is not tried again. */
const READ_ONLY_PAUSE_MS = 60_000;

/** Remembers whether the role was denied a write. */
export class WriteRight {
  readonly #timers: Timers;
  #deniedUntil = -Infinity;

  constructor(timers: Timers = SYSTEM_TIMERS) {
    this.#timers = timers;
  }

  /** Whether a write was denied, and would be again. */
  get isDenied(): boolean {
    return this.#timers.now() < this.#deniedUntil;
  }

  /** Notes an error of a write; returns whether the write was denied. */
  noteDenial(error: unknown): boolean {
    if (!(error instanceof DatabaseError) || error.code !== "database_permission_denied") return false;
    // A standby accepts writes once it is promoted. A role is hardly granted a right meanwhile, and each attempt would
    // add a line to the database's log.
    const isReadOnly = error.sqlState === SQL_STATE.READ_ONLY_SQL_TRANSACTION;
    this.#deniedUntil = isReadOnly ? this.#timers.now() + READ_ONLY_PAUSE_MS : Infinity;
    return true;
  }
}
