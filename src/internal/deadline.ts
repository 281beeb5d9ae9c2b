/** The default and the limit of `databaseDeadline`; other options about deadlines share the limit. */

/** How long a caller waits for the database if nothing is configured. */
export const DEFAULT_DATABASE_DEADLINE_SECONDS = 5;

/** A day: no request waits longer, and a runtime's timers cannot wait for arbitrarily long. */
export const DEADLINE_LIMIT_SECONDS = 86_400;
