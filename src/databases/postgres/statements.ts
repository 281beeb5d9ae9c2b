/** What all statements have in common, of reads as of transactions: how they are sent, what answers them, how they are given up. */

import type { PostgresQuery } from "./client.ts";

/** Prepared once per connection; an instance with `prepare: false` keeps its way. */
export const PREPARED: { readonly prepare: boolean } = { prepare: true };

/** How often a read or a transaction is tried whose connections break one after the other. */
export const MAX_ATTEMPTS = 8;

/** What postgres.js resolves to: the rows, and what the server said that it did. */
export interface PostgresResult extends Array<unknown[]> {
  /** Such as `SELECT`; missing when postgres.js resolved a statement that the server never answered. */
  readonly command?: string;
}

/**
 * Asks the server to give up a statement that it works on, and does not wait for that. Only for the one at work:
 * postgres.js skips a cancelled statement that stands behind another, and then gives its answer to the next one.
 */
export function cancelActive(query: PostgresQuery | null): void {
  if (query?.active === true) ignore(query.cancel());
}

/** Takes a statement that was never sent out of the queue of its client. */
export function withdraw(query: PostgresQuery | null): void {
  if (query?.state == null) ignore(query?.cancel());
}

function ignore(outcome: unknown): void {
  if (outcome instanceof Promise) outcome.catch(() => {});
}
