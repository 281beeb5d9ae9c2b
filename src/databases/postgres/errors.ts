/**
 * From what postgres.js throws to the errors of djauth. The table says what a SQLSTATE means to a caller; what a
 * statement was given never gets into a message, and the driver's error, which carries it, is not passed on.
 */

import { DatabaseError, DatabaseUnavailable, DjauthError } from "../../errors.ts";
import { READ_ONLY } from "../../internal/read_only.ts";

/** By SQLSTATE, or by its class of two characters. What is not listed is a `database_error`. */
const MEANINGS: ReadonlyMap<
  string,
  | "database_unavailable"
  | "database_permission_denied"
  | "unique_violation"
  | "not_null_violation"
  | "invalid_value"
> = new Map([
  ["08", "database_unavailable"], // connection exception
  ["28", "database_unavailable"], // refused at the door: nothing can be said about any user
  ["3D", "database_unavailable"], // no such database, as while one is restored
  ["40", "database_unavailable"], // serialisation failure, deadlock: comes right when tried again
  ["53", "database_unavailable"], // too many connections, disk full, out of memory
  ["57", "database_unavailable"], // cancelled, shut down, starting up
  ["58", "database_unavailable"], // the server's own disk
  ["55000", "database_unavailable"], // closed for maintenance, in recovery
  ["55P03", "database_unavailable"], // lock_timeout
  ["42501", "database_permission_denied"],
  // A read-only transaction, a hot standby: reads are answered, so nothing is away, and a replica is a place to read from.
  [READ_ONLY, "database_permission_denied"],
  ["22", "invalid_value"],
  ["23502", "not_null_violation"],
  ["23505", "unique_violation"],
]);

/** The name in the address is none of a database. */
const NO_SUCH_DATABASE = "3D000";

/** Classes whose messages name values: data exceptions and broken constraints. */
const TELLTALE_CLASSES: ReadonlySet<string> = new Set(["22", "23"]);

/** Mistakes of a caller that postgres.js finds itself. */
const CALLER_MISTAKES: ReadonlySet<string> = new Set([
  "COPY_IN_PROGRESS",
  "MAX_PARAMETERS_EXCEEDED",
  "NOT_TAGGED_CALL",
  "UNDEFINED_VALUE",
  "UNSAFE_TRANSACTION",
]);

/** The server ended this connection, or does not accept any just now. */
const BROKEN_STATES: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P05", "53300"]);

interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly column_name?: unknown;
  /** Only errors that the server sent have one. */
  readonly severity_local?: unknown;
}

function codeOf(error: unknown): string {
  const code = (error as DriverError | null)?.code;
  return typeof code === "string" ? code : "";
}

function isFromServer(error: unknown): boolean {
  return typeof (error as DriverError | null)?.severity_local === "string";
}

/** Whether the connection broke, so that a read may be repeated over another one. */
export function isBrokenConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (isFromServer(error)) return code.startsWith("08") || BROKEN_STATES.has(code);
  return !CALLER_MISTAKES.has(code) && !(error instanceof DjauthError);
}

/**
 * The error of djauth for what the driver threw; one of djauth's own stays as it is.
 *
 * @param place where the client connects to, from `placeOf()`
 */
export function translateError(error: unknown, place: string = ""): DjauthError {
  if (error instanceof DjauthError) return error;
  const code = codeOf(error);
  if (!isFromServer(error)) {
    if (CALLER_MISTAKES.has(code)) {
      return new DatabaseError(`The database driver refused the statement: ${code}`);
    }
    const at = place === "" ? "" : ` at ${place}`;
    return new DatabaseUnavailable(`The database could not be reached${at}${code === "" ? "" : `: ${code}`}`);
  }
  const stateClass = code.slice(0, 2);
  const meaning = MEANINGS.get(code) ?? MEANINGS.get(stateClass) ?? "database_error";
  // A broken constraint or a bad value is named by its code alone: the server's text would quote the value.
  const text = TELLTALE_CLASSES.has(stateClass) ? "" : `: ${(error as DriverError).message}`;
  const who = code === NO_SUCH_DATABASE ? "The database does not exist: the server" : "The database";
  const message = `${who} answered SQLSTATE ${code}${text}`;
  if (meaning === "not_null_violation") return missingValue(error as DriverError, message);
  return meaning === "database_unavailable"
    ? new DatabaseUnavailable(message)
    : new DatabaseError(message, meaning, { sqlState: code });
}

/** The name of a column is no value, and without it the error could be about any of them. */
function missingValue({ column_name: column, code }: DriverError, message: string): DatabaseError {
  const named = typeof column === "string" ? column : undefined;
  const about = named === undefined ? "" : `: the column "${named}" needs a value`;
  return new DatabaseError(`${message}${about}`, "not_null_violation", {
    column: named,
    sqlState: String(code),
  });
}
