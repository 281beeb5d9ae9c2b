/** What the option `database` of `djangoAuth()` may be, and how it is opened. The databases are in `postgres/`. */

import { type Database, DATABASE_METHODS, isDatabase } from "../database.ts";
import { ImproperlyConfigured } from "../errors.ts";
import type { Timers } from "../internal/time/timers.ts";
import { isObject, wrong } from "../internal/option_checks.ts";
import type { PostgresClient } from "./postgres/client.ts";
import { createPostgresDatabase } from "./postgres/database.ts";
import { requireUrl } from "./postgres/source.ts";

/** A `postgres://` URL, an instance of postgres.js, or a driver. */
export type DatabaseSource = string | PostgresClient | Database;

const EXPECTED = "a postgres:// URL, an instance of postgres.js or a driver";

/**
 * Refuses what cannot be a database. A string is never quoted: it may contain a password.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireDatabase(option: string, source: unknown): void {
  if (source === undefined) {
    throw wrong(option, source, `${EXPECTED}; is its environment variable set?`);
  }
  if (typeof source === "string") return void requireUrl(option, source);
  if (isDatabase(source) || typeof (source as Partial<PostgresClient> | null)?.unsafe === "function") return;
  if (isObject(source) && ("ENGINE" in source || "default" in source)) {
    const address = "the address in Django's DATABASES, as postgres://USER:PASSWORD@HOST:PORT/NAME";
    throw wrong(option, source, address);
  }
  const missing = DATABASE_METHODS.filter((name) => typeof Object(source)[name] !== "function");
  if (missing.length === DATABASE_METHODS.length) throw wrong(option, source, EXPECTED);
  throw new ImproperlyConfigured(
    `${option} is a driver without ${missing.join(", ")}, expected one with ${DATABASE_METHODS.join(", ")}`,
  );
}

/**
 * Opens a database; a driver is used as it is.
 *
 * @param deadline seconds that a query may take
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function openDatabase(
  source: DatabaseSource,
  deadline: number | undefined,
  timers: Timers | undefined,
): Database {
  if (isDatabase(source)) return source;
  // When connections break, an instance's own pool may hang or mix up answers, whatever is done from outside.
  return createPostgresDatabase(source, { deadline, timers, ownConnections: true });
}
