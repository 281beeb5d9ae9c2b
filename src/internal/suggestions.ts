/** "Did you mean …?": finds the known names closest to an unknown one. */

/** Longer names are not typos, and are not compared. */
const MAX_NAME_LENGTH = 64;
/** The most letters that may be changed, missing or extra; a transposition counts as two. */
const MAX_EDITS = 2;

/**
 * Returns the names that were probably meant. Case, dots and underscores are ignored, so that Django's
 * `SESSION_COOKIE_AGE` matches `session.cookieAge`; if no name is close, so is the group before the dot.
 */
export function suggestionsFor(name: string, known: readonly string[]): string[] {
  const wanted = plain(name);
  if (wanted === "" || wanted.length > MAX_NAME_LENGTH) return [];
  const distances = known.map((path) => editDistance(wanted, plain(path)));
  const nearest = Math.min(...distances);
  // Half of a short name is not a typo: "jwt" is not "null".
  if (nearest <= Math.min(MAX_EDITS, wanted.length / 2)) {
    return known.filter((_, index) => distances[index] === nearest);
  }
  return known.filter((path) => plain(path.slice(path.lastIndexOf(".") + 1)) === wanted);
}

/** Returns the end of a message about an unknown name: the names that were probably meant, else all known ones. */
export function hintOf(meant: readonly string[], known: readonly string[]): string {
  return meant.length === 0 ? `expected one of ${known.join(", ")}` : `did you mean ${meant.join(" or ")}?`;
}

function plain(name: string): string {
  return name.replace(/[._]/g, "").toLowerCase();
}

/** Computes the Levenshtein distance, row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const changed = row[column - 1]! + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(changed, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
