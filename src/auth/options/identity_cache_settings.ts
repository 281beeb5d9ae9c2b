/** What the option `identityCache` means, with its defaults, and which values it cannot have. */

import { isDatabase } from "../../database.ts";
import { ImproperlyConfigured } from "../../errors.ts";
import { isObject, requireCount, requireSeconds, wrong } from "../../internal/option_checks.ts";
import type { DjangoAuthOptions, IdentityCacheOptions } from "./options.ts";

/** For how long, and of how many, it is remembered who they are. */
export interface IdentityCacheSettings {
  /** Seconds that what was read may be believed. */
  readonly maxAge: number;
  /** How many sessions, and how many users, are kept at least. */
  readonly entries: number;
}

/** Seconds: as old as the user of a socket may be between two rounds of re-validation. */
const MAX_AGE = 30;
/** Seconds. What no trigger tells of must not stay wrong for longer. */
const LONGEST_AGE = 3600;
const ENTRIES = 10_000;
/** About a kilobyte each; more is a number that was meant for something else. */
const MOST_ENTRIES = 10_000_000;

/**
 * Refuses values that cannot be, and a cache that would hear of no logout.
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
  requireSeconds("identityCache.maxAge", maxAge, { to: LONGEST_AGE });
  requireCount("identityCache.entries", entries, 1, MOST_ENTRIES);
  if (feed === false) {
    throw new ImproperlyConfigured(
      "identityCache is on and sockets.feed is false, expected a feed: over it, the cache hears of logouts",
    );
  }
  const isFeedNamed = typeof feed === "string" || typeof feed === "function";
  if (isDatabase(database) && !isFeedNamed) {
    throw new ImproperlyConfigured(
      "identityCache is on and database is a driver that has no feed of its own, expected sockets.feed " +
        "(an address, or a function): over it, the cache hears of logouts",
    );
  }
}

/** The settings of the option; `null` for no cache. */
export function identityCacheSettings(
  option: boolean | IdentityCacheOptions | undefined,
): IdentityCacheSettings | null {
  if (option === undefined || option === false) return null;
  const { maxAge = MAX_AGE, entries = ENTRIES } = option === true ? {} : option;
  return { maxAge, entries };
}
