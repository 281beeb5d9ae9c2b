/** Django's own names of tables, columns and backends, for sites that give no others. */

/** Of `django.contrib.auth.models.User`. */
export const USER_TABLE = "auth_user";
/** Of `AbstractUser`: whether an account may be used. */
export const ACTIVE_FIELD = "is_active";
/** Of `django.contrib.sessions.models.Session`. */
export const SESSION_TABLE = "django_session";

/** The backend that checks passwords against the table of users. */
export const MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend";
/** The same, for users who are switched off as well. */
export const ALLOW_ALL_USERS_BACKEND = "django.contrib.auth.backends.AllowAllUsersModelBackend";
