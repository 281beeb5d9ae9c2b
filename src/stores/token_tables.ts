/** The names of simplejwt's blacklist tables, as a site has them. */

import type { TokenBlacklistOptions } from "../jwt/options/options.ts";

/** simplejwt's names of both tables. */
export const OUTSTANDING_TABLE = "token_blacklist_outstandingtoken";
/** See {@link OUTSTANDING_TABLE}. */
export const BLACKLISTED_TABLE = "token_blacklist_blacklistedtoken";

/** Both tables, decided. */
export interface TokenTables {
  /** Their schema; that of the search path for `null`. */
  readonly schema: string | null;
  readonly outstanding: string;
  readonly blacklisted: string;
}

/** The tables that options name, by default simplejwt's own. */
export function tokenTables(options: TokenBlacklistOptions = {}): TokenTables {
  return {
    schema: options.schema ?? null,
    outstanding: options.outstandingTable ?? OUTSTANDING_TABLE,
    blacklisted: options.blacklistedTable ?? BLACKLISTED_TABLE,
  };
}
