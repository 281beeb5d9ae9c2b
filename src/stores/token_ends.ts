/** The end of a refresh token within one transaction, and of all tokens that rotations have made of it. */

import type { Queryable } from "../database.ts";
import type { EndOutcome, TokenEnding } from "../jwt/tokens/store.ts";
import { createTokenFamily } from "./token_family.ts";
import type { IssuedToken, TokenRows } from "./token_rows.ts";

/**
 * Identifiers of successors that are looked for when a token ends. No browser's session has as many. A thief's may, to
 * keep a logout busy, and anyone with an account can end an old token over and over.
 */
const MAX_SUCCESSORS = 1000;

/** Ends a token. If a rotation has ended it before, its successors end with it. */
export async function endToken(
  rows: TokenRows,
  transaction: Queryable,
  ending: TokenEnding,
): Promise<EndOutcome> {
  const { current, successorsOf } = ending;
  if (await rows.blacklist(transaction, current)) return { kind: "ended" };
  // No rotation may run meanwhile: the holder of the last successor must not outrun the search for it.
  await rows.lockUser(transaction, current.userId);
  const successors = await rows.issuedOf(transaction, successorsOf(current.jti));
  const isOver = successors.some(({ isBlacklisted }) => isBlacklisted);
  const isExcused = !isOver && await rows.isWithinGrace(transaction, ending);
  const isReuse = successors.length > 0 && !isExcused;
  return { kind: "blacklisted", isReuse, ended: await endAll(rows, transaction, successors, ending) };
}

/** Blacklists these tokens and their descendants; returns the identifiers of those that were not blacklisted before. */
async function endAll(
  rows: TokenRows,
  transaction: Queryable,
  successors: readonly IssuedToken[],
  { current, successorsOf }: TokenEnding,
): Promise<string[]> {
  const ended: string[] = [];
  const family = createTokenFamily(successorsOf, MAX_SUCCESSORS);
  let found = successors;
  // Each query covers twice as many generations: a long line must not hold the user's lock for as many queries.
  for (let generations = 1; found.length > 0; generations *= 2) {
    for (const { jti, isBlacklisted } of found) {
      if (isBlacklisted) continue;
      await rows.blacklistIssued(transaction, jti);
      ended.push(jti);
    }
    const names = family.after(found.map(({ jti }) => jti), generations);
    // Too many to follow to the last one: that one ends with all other tokens of its user.
    if (family.isTooLarge) return [...ended, ...await rows.blacklistUser(transaction, current.userId)];
    found = await rows.issuedOf(transaction, names);
  }
  return ended;
}
