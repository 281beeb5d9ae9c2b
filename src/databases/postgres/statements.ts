/** What reads and transactions have in common: how their statements are sent, answered and given up. */

import type { PostgresQuery } from "./client.ts";

/** Prepares statements once per connection; an instance with `prepare: false` still does not. */
export const PREPARED: { readonly prepare: boolean } = { prepare: true };

/** How often a read or a transaction is tried if one connection after another breaks. */
export const MAX_ATTEMPTS = 8;

/** A result of postgres.js: the rows, and the command that the server reported. */
export interface PostgresResult extends Array<unknown[]> {
  /** Such as `SELECT`; missing if postgres.js resolved a statement that the server never answered. */
  readonly command?: string;
}

/**
 * Asks the server to cancel the statement that it works on, without waiting for that. Never a queued one: postgres.js
 * would drop it from its queue although it was sent, and hand its answer to the next statement.
 */
export function cancelActive(query: PostgresQuery | null): void {
  if (query?.active === true) ignore(query.cancel());
}

/** Removes a statement that was never sent from the queue of its client. */
export function withdraw(query: PostgresQuery | null): void {
  if (query?.state == null) ignore(query?.cancel());
}

function ignore(outcome: unknown): void {
  if (outcome instanceof Promise) outcome.catch(() => {});
}
