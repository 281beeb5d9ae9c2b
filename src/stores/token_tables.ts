/** The names of simplejwt's blacklist tables on a site. */

import type { TokenBlacklistOptions } from "../jwt/options/options.ts";

/** simplejwt's own name of the table of outstanding tokens. */
export const OUTSTANDING_TABLE = "token_blacklist_outstandingtoken";
/** simplejwt's own name of the table of blacklisted tokens. */
export const BLACKLISTED_TABLE = "token_blacklist_blacklistedtoken";

/** Both tables, with defaults applied. */
export interface TokenTables {
  /** Their schema; `null` for the search path's. */
  readonly schema: string | null;
  readonly outstanding: string;
  readonly blacklisted: string;
}

/** Returns the tables that options name, by default simplejwt's own. */
export function tokenTables(options: TokenBlacklistOptions = {}): TokenTables {
  return {
    schema: options.schema ?? null,
    outstanding: options.outstandingTable ?? OUTSTANDING_TABLE,
    blacklisted: options.blacklistedTable ?? BLACKLISTED_TABLE,
  };
}
