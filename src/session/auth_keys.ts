/** The keys that Django itself uses in a session. */

/** The primary key of the logged-in user, as a string (`django.contrib.auth.SESSION_KEY`). */
export const SESSION_KEY = "_auth_user_id";

/** The dotted path of the backend that authenticated the user (`django.contrib.auth.BACKEND_SESSION_KEY`). */
export const BACKEND_SESSION_KEY = "_auth_user_backend";

/** The session auth hash, which ends the login when the password changes (`django.contrib.auth.HASH_SESSION_KEY`). */
export const HASH_SESSION_KEY = "_auth_user_hash";

/** The CSRF secret with `CSRF_USE_SESSIONS` (`django.middleware.csrf.CSRF_SESSION_KEY`). */
export const CSRF_SESSION_KEY = "_csrftoken";

/** The expiry set by `SessionBase.set_expiry`. */
export const EXPIRY_SESSION_KEY = "_session_expiry";
