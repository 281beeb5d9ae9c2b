/** Django's default names of tables, columns and backends. */

/** The table of `django.contrib.auth.models.User`. */
export const USER_TABLE = "auth_user";
/** The field of `AbstractUser` that tells whether an account may be used. */
export const ACTIVE_FIELD = "is_active";
/** The table of `django.contrib.sessions.models.Session`. */
export const SESSION_TABLE = "django_session";

/** The backend that checks passwords against the user table. */
export const MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend";
/** The same backend, which also admits inactive users. */
export const ALLOW_ALL_USERS_BACKEND = "django.contrib.auth.backends.AllowAllUsersModelBackend";
