/** Where a login is kept. What follows from it is in `backends.ts`. */

/** In a session, or in a pair of tokens. */
export type LoginBackend = "session" | "jwt";
