/** The backends of logins as a type. What follows from it is in `login/backends.ts`. */

/** Where a login is kept: in a session, or in a pair of tokens. */
export type LoginBackend = "session" | "jwt";
