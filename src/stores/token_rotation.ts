/** The rotation of a refresh token within one transaction: it ends, and a successor takes its place. */

import type { Queryable } from "../database.ts";
import type { OutstandingToken, Rotation, RotationOutcome } from "../jwt/tokens/store.ts";
import type { TokenRows } from "./token_rows.ts";

/** Rotates a token; of several rotations that end it, one succeeds, or as many as the grace allows. */
export async function rotateToken(
  rows: TokenRows,
  transaction: Queryable,
  rotation: Rotation,
): Promise<RotationOutcome> {
  const { current, endsCurrent, successors } = rotation;
  // A statement that ends all tokens of a user waits for this rotation, and then sees its outcome.
  await rows.shareUser(transaction, current.userId);
  if (!endsCurrent) return await issueBeside(rows, transaction, rotation);
  if (await rows.blacklist(transaction, current)) {
    const next = await issueSuccessor(rows, transaction, rotation, successors.slice(0, 1)) ??
      // Taken if a rotated token was removed from the blacklist: its first successor exists already.
      await issueSuccessor(rows, transaction, rotation, [null]);
    if (next !== null) return { kind: "rotated", next };
  }
  const issued = await rows.issuedOf(transaction, successors);
  const wasRotated = issued.length > 0;
  const isOver = issued.some(({ isBlacklisted }) => isBlacklisted);
  // A token that a logout ended stays ended, together with its successors.
  if (wasRotated && !isOver && await rows.isWithinGrace(transaction, rotation)) {
    const next = await issueSuccessor(rows, transaction, rotation, successors.slice(1));
    if (next !== null) return { kind: "rotated", next };
  }
  return { kind: "blacklisted", wasRotated };
}

/** Issues a successor beside the current token, unless that has ended since it was verified. */
async function issueBeside(
  rows: TokenRows,
  transaction: Queryable,
  rotation: Rotation,
): Promise<RotationOutcome> {
  const isEnded = await rows.isBlacklisted(transaction, rotation.current.jti);
  const next = isEnded ? null : await issueSuccessor(rows, transaction, rotation, [null]);
  return next === null ? { kind: "blacklisted", wasRotated: false } : { kind: "rotated", next };
}

/** Issues a token under the first of these identifiers that is not taken. */
async function issueSuccessor(
  rows: TokenRows,
  transaction: Queryable,
  { issue }: Rotation,
  jtis: readonly (string | null)[],
): Promise<OutstandingToken | null> {
  for (const jti of jtis) {
    const next = await issue(jti);
    if (await rows.outstand(transaction, next)) return next;
  }
  return null;
}
