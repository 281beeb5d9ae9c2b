/** The benchmarked Django site: its secret key and its logged-in visitors. */

/** `SECRET_KEY`. */
export const SECRET_KEY = "bench-only: a key that protects nothing";

/** Rows in each of the two tables. */
export const ROWS = 100_000;

/** Sessions with real session data; the others only make the tables large. */
export const VISITORS = 8_000;

/** Distinct cookies in the HTTP runs; every upgrade has its own cookie. */
export const HTTP_VISITORS = 1_000;

/** Every contestant's response to a visitor. */
export function answerTo(id: number): { id: number; username: string } {
  return { id, username: `user${id}` };
}

/** A visitor's session key; computed, so that the load generator needs no file. */
export function sessionKeyOf(id: number): string {
  return `visitor${String(id).padStart(25, "0")}`;
}
