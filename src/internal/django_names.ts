/** Django's own names of tables and columns, for sites that give no others. */

/** Of `django.contrib.auth.models.User`. */
export const USER_TABLE = "auth_user";
/** Of `AbstractUser`: whether an account may be used. */
export const ACTIVE_FIELD = "is_active";
/** Of `django.contrib.sessions.models.Session`. */
export const SESSION_TABLE = "django_session";
