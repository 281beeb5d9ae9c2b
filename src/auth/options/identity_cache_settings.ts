/** The option `identityCache`: its checks and defaults. */

import { isDatabase } from "../../database.ts";
import { ImproperlyConfigured } from "../../errors.ts";
import { isObject, requireCount, requireSeconds, wrong } from "../../internal/option_checks.ts";
import type { DjangoAuthOptions, IdentityCacheOptions } from "./options.ts";

/** The settings of the identity cache: how long entries are valid, and how many are kept. */
export interface IdentityCacheSettings {
  /** Seconds for which an entry is valid. */
  readonly maxAge: number;
  /** The number of sessions, and of users, that are kept at least. */
  readonly entries: number;
}

/** As old as the user of a socket may be between two rounds of re-validation. */
const DEFAULT_MAX_AGE_SECONDS = 30;
/** Data that no trigger reports must not stay stale for longer. */
const LONGEST_MAX_AGE_SECONDS = 3600;
const DEFAULT_ENTRIES = 10_000;
/** About a kilobyte each; a larger number was meant for something else. */
const MAX_ENTRIES = 10_000_000;

/**
 * Requires valid values, and a feed that notifies the cache of logouts.
 *
 * @throws {ImproperlyConfigured} `improperly_configured`
 */
export function requireIdentityCache<Row extends object>(
  { identityCache, database, sockets: { feed } = {} }: DjangoAuthOptions<Row>,
): void {
  if (identityCache === undefined || identityCache === false) return;
  if (identityCache !== true && !isObject(identityCache)) {
    throw wrong("identityCache", identityCache, "true, false, or an object such as { maxAge: 30 }");
  }
  const { maxAge, entries }: IdentityCacheOptions = identityCache === true ? {} : identityCache;
  requireSeconds("identityCache.maxAge", maxAge, { to: LONGEST_MAX_AGE_SECONDS });
  requireCount("identityCache.entries", entries, 1, MAX_ENTRIES);
  if (feed === false) {
    throw new ImproperlyConfigured(
      "identityCache is on and sockets.feed is false, expected a feed, which notifies the cache of logouts",
    );
  }
  const isFeedNamed = typeof feed === "string" || typeof feed === "function";
  if (isDatabase(database) && !isFeedNamed) {
    throw new ImproperlyConfigured(
      "identityCache is on and database is a driver without a feed of its own, expected sockets.feed " +
        "(a URL or a function), which notifies the cache of logouts",
    );
  }
}

/** Returns the settings of the option; `null` for no cache. */
export function identityCacheSettings(
  option: boolean | IdentityCacheOptions | undefined,
): IdentityCacheSettings | null {
  if (option === undefined || option === false) return null;
  const { maxAge = DEFAULT_MAX_AGE_SECONDS, entries = DEFAULT_ENTRIES } = option === true ? {} : option;
  return { maxAge, entries };
}
