/** Which errors are outages: nothing is known about the caller then, so none of them may become a refusal. */

import { DjauthError } from "../errors.ts";

/**
 * Returns whether the database, or the address of the JWT keys, is unavailable: 503 or close 1013. By the code, as
 * everywhere: a custom driver may throw a plain `DatabaseError` with it.
 */
export function isOutage(error: unknown): error is DjauthError {
  return error instanceof DjauthError &&
    (error.code === "database_unavailable" || error.code === "keys_unavailable");
}
