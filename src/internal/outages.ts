/** Which errors are outages: nothing is known about the caller then, so that none of them may become a refusal. */

import { DjauthError } from "../errors.ts";

/**
 * Whether the database, or the address of the tokens' keys, does not answer now: 503 or close 1013. By the code, as everywhere: a
 * driver of one's own may well throw a `DatabaseError` with it.
 */
export function isOutage(error: unknown): error is DjauthError {
  return error instanceof DjauthError &&
    (error.code === "database_unavailable" || error.code === "keys_unavailable");
}
