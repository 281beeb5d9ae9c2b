/**
 * Translates what postgres.js throws to djauth's errors. Parameters of statements never get into a message, and the
 * driver's error, which carries them, is not passed on as the cause.
 */

import type { DatabaseErrorCode } from "../../error_codes.ts";
import { DatabaseError, DatabaseUnavailable, DjauthError, ImproperlyConfigured } from "../../errors.ts";
import { SQL_STATE } from "../../internal/sql_states.ts";
import { NOWHERE, type Place } from "./place.ts";

/** Error codes by SQLSTATE, or by its class of two characters. Everything else is a `database_error`. */
const MEANINGS: ReadonlyMap<
  string,
  | "database_unavailable"
  | "database_permission_denied"
  | "unique_violation"
  | "not_null_violation"
  | "invalid_value"
> = new Map([
  ["08", "database_unavailable"], // connection exception
  ["28", "database_unavailable"], // the role or password of djauth itself is refused: says nothing about any user
  ["3D", "database_unavailable"], // no such database, such as during a restore
  ["40", "database_unavailable"], // serialization failure, deadlock: a retry succeeds
  ["53", "database_unavailable"], // too many connections, disk full, out of memory
  ["57", "database_unavailable"], // cancelled, shut down, starting up
  ["58", "database_unavailable"], // the server's own disk
  [SQL_STATE.OBJECT_NOT_IN_PREREQUISITE_STATE, "database_unavailable"],
  [SQL_STATE.LOCK_NOT_AVAILABLE, "database_unavailable"],
  [SQL_STATE.INSUFFICIENT_PRIVILEGE, "database_permission_denied"],
  // A read-only transaction or a hot standby: a replica is available, since it answers reads.
  [SQL_STATE.READ_ONLY_SQL_TRANSACTION, "database_permission_denied"],
  ["22", "invalid_value"],
  [SQL_STATE.NOT_NULL_VIOLATION, "not_null_violation"],
  [SQL_STATE.UNIQUE_VIOLATION, "unique_violation"],
]);

/** Classes whose messages quote values: data exceptions and constraint violations. */
const TELLTALE_CLASSES: ReadonlySet<string> = new Set(["22", "23"]);

/** Mistakes of a caller that postgres.js itself detects. */
const CALLER_MISTAKES: ReadonlySet<string> = new Set([
  "COPY_IN_PROGRESS",
  "MAX_PARAMETERS_EXCEEDED",
  "NOT_TAGGED_CALL",
  "UNDEFINED_VALUE",
  "UNSAFE_TRANSACTION",
]);

/** The server closed this connection, or does not accept any at present. */
const BROKEN_STATES: ReadonlySet<string> = new Set([
  SQL_STATE.ADMIN_SHUTDOWN,
  SQL_STATE.CRASH_SHUTDOWN,
  SQL_STATE.CANNOT_CONNECT_NOW,
  SQL_STATE.IDLE_SESSION_TIMEOUT,
  SQL_STATE.TOO_MANY_CONNECTIONS,
]);

/** Postgres names only the first right that is missing. */
const RIGHTS = "; the rights that djauth needs are in its examples/least_privilege.sql";

interface DriverError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly column_name?: unknown;
  readonly constraint_name?: unknown;
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

/** Returns whether Deno refused to connect, or to read the environment, for lack of a permission. */
export function isDenied(error: unknown): boolean {
  const { name, code, syscall } = Object(error) as DriverError;
  // Before Deno 2, it was the other name; the lookup of a host's name has an error of its own.
  return name === "NotCapable" || name === "PermissionDenied" ||
    (code === "EPERM" && syscall === "getaddrinfo");
}

/**
 * Translates the denial of an environment variable, which postgres.js reads for what its options lack.
 *
 * @param error one for which {@link isDenied} holds; of its message, only the variable is passed on
 */
export function deniedVariable(error: unknown): ImproperlyConfigured {
  const [, variable = "PG"] = /"(\w+)"/.exec(String((error as DriverError).message)) ?? [];
  const wanted = variable.startsWith("PG") ? "PG*" : variable;
  return new ImproperlyConfigured(
    `database could not be opened: Deno does not let postgres.js read the environment variables ${wanted}; ` +
      `run it with --allow-env=${wanted}, beside your own variables`,
  );
}

/** Returns the options of `deno run` for a connection to an address: a host with its port, or a Unix socket. */
function permissionFor(address: string): string {
  if (address.startsWith("/")) return `--allow-read=${address} --allow-write=${address}`;
  return address === "" ? "--allow-net" : `--allow-net=${address.replaceAll(" ", "")}`;
}

/** Returns whether the connection broke, so that a read may be repeated over another one. */
export function isBrokenConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (isFromServer(error)) return code.startsWith("08") || BROKEN_STATES.has(code);
  return !CALLER_MISTAKES.has(code) && !(error instanceof DjauthError);
}

/**
 * Translates an error of the driver; djauth's own errors are returned as they are.
 *
 * @param place where the client connects to, from `placeOf()`
 */
export function translateError(error: unknown, place: Place = NOWHERE): DjauthError {
  if (error instanceof DjauthError) return error;
  const code = codeOf(error);
  if (!isFromServer(error)) {
    if (CALLER_MISTAKES.has(code)) {
      return new DatabaseError(`The database driver refused the statement: ${code}`);
    }
    return unreachable(error, place);
  }
  const stateClass = code.slice(0, 2);
  const meaning = MEANINGS.get(code) ?? MEANINGS.get(stateClass) ?? "database_error";
  // Constraint violations and invalid values are reported by code only: the server's text would quote the value.
  const text = TELLTALE_CLASSES.has(stateClass) ? "" : `: ${(error as DriverError).message}`;
  const advice = code === SQL_STATE.INSUFFICIENT_PRIVILEGE ? RIGHTS : "";
  const who = code === SQL_STATE.INVALID_CATALOG_NAME
    ? "The database does not exist: the server"
    : "The database";
  const message = `${who} answered SQLSTATE ${code}${text}${advice}`;
  if (meaning === "not_null_violation") return missingValue(error as DriverError, message);
  return meaning === "database_unavailable"
    ? new DatabaseUnavailable(message)
    : refusedStatement(error as DriverError, message, meaning);
}

/** Names the address and the reason, as far as they are known. */
function unreachable(error: unknown, { address, demandsTls }: Place): DatabaseUnavailable {
  // A server without TLS resets a connection that demands it: the reset alone would not tell why.
  const where = (address === "" ? "" : ` at ${address}`) + (demandsTls ? " over TLS" : "");
  const reason = isDenied(error)
    ? `Deno does not allow it; run it with ${permissionFor(address)}`
    : codeOf(error);
  return new DatabaseUnavailable(
    `The database could not be reached${where}${reason === "" ? "" : `: ${reason}`}`,
  );
}

/** Names the violated constraint, which is not a secret: without it, the error could be about any key or check. */
function refusedStatement(
  { constraint_name: name, code }: DriverError,
  message: string,
  meaning: DatabaseErrorCode,
): DatabaseError {
  const constraint = typeof name === "string" ? name : undefined;
  const about = constraint === undefined ? "" : `: the constraint "${constraint}" is violated`;
  return new DatabaseError(`${message}${about}`, meaning, { constraint, sqlState: String(code) });
}

/** Names the column, which is not a secret: without it, the error could be about any of them. */
function missingValue({ column_name: column, code }: DriverError, message: string): DatabaseError {
  const named = typeof column === "string" ? column : undefined;
  const about = named === undefined ? "" : `: the column "${named}" needs a value`;
  return new DatabaseError(`${message}${about}`, "not_null_violation", {
    column: named,
    sqlState: String(code),
  });
}
