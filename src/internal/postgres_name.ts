/** Which names Postgres takes as they are. How they are quoted is the matter of the SQL in `src/stores/`. */

import { ImproperlyConfigured } from "../errors.ts";
import { utf8 } from "./bytes.ts";

/** Postgres cuts longer names off without a word, and then two names are one. */
const MAX_NAME_BYTES = 63;
// deno-lint-ignore no-control-regex -- a control character in a name is a mistake or an attempt
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * The name of a table, a schema or a column, as it was given.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` for a name that is empty, too long or has control characters
 */
export function requirePostgresName(option: string, name: unknown): string {
  const isName = typeof name === "string" && name !== "" && !CONTROL_CHARACTER.test(name) &&
    utf8(name).length <= MAX_NAME_BYTES;
  if (isName) return name;
  const shown = String(name);
  throw new ImproperlyConfigured(
    `${option} has the name "${shown}", expected 1 to ${MAX_NAME_BYTES} bytes without control characters`,
  );
}
