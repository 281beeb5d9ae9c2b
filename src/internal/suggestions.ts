/** "Did you mean …?": the known names that an unknown one is closest to. */

/** Names longer than this are no slip of the pen, and are not compared. */
const LONGEST = 64;
/** Letters that are changed, missing or too many; two that changed places are two. */
const MAX_SLIPS = 2;

/**
 * The names that were probably meant. Case, points and underscores do not count, so that Django's `SESSION_COOKIE_AGE`
 * is `session.cookieAge`; where no name is near, neither does the group before the point.
 */
export function suggestionsFor(name: string, known: readonly string[]): string[] {
  const wanted = plain(name);
  if (wanted === "" || wanted.length > LONGEST) return [];
  const distances = known.map((path) => slips(wanted, plain(path)));
  const nearest = Math.min(...distances);
  // Half of a short name is no slip: "jwt" is not "null".
  if (nearest <= Math.min(MAX_SLIPS, wanted.length / 2)) {
    return known.filter((_, index) => distances[index] === nearest);
  }
  return known.filter((path) => plain(path.slice(path.lastIndexOf(".") + 1)) === wanted);
}

/** The end of a message about an unknown name: what was probably meant, else all that there is. */
export function hintOf(meant: readonly string[], known: readonly string[]): string {
  return meant.length === 0 ? `expected one of ${known.join(", ")}` : `did you mean ${meant.join(" or ")}?`;
}

function plain(name: string): string {
  return name.replace(/[._]/g, "").toLowerCase();
}

/** Levenshtein's distance, row by row. */
function slips(from: string, to: string): number {
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
