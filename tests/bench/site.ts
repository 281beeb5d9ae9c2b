/** The Django site that is measured against: its key, and the visitors who are logged in. */

/** `SECRET_KEY`. */
export const SECRET_KEY = "bench-only: a key that protects nothing";

/** Rows in each of the two tables. */
export const ROWS = 100_000;

/** Sessions that Django's format fills; the others only make the tables big. */
export const VISITORS = 8_000;

/** Different cookies in the HTTP runs; each upgrade has one of its own. */
export const HTTP_VISITORS = 1_000;

/** What every contestant answers a visitor. */
export function answerTo(id: number): { id: number; username: string } {
  return { id, username: `user${id}` };
}

/** The session key of a visitor, known to the load generator without a file. */
export function sessionKeyOf(id: number): string {
  return `visitor${String(id).padStart(25, "0")}`;
}
