/** Which errors are outages: nothing is known about the caller then, so that none of them may become a refusal. */

import { DatabaseUnavailable, KeysUnavailable } from "../../errors.ts";

/** Whether the database, or the address of the tokens' keys, does not answer now: 503 or close 1013. */
export function isOutage(error: unknown): error is DatabaseUnavailable | KeysUnavailable {
  return error instanceof DatabaseUnavailable || error instanceof KeysUnavailable;
}
