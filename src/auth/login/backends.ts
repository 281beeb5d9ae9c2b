/** Chooses where a login is kept: in a session or in tokens. */

import { ALLOW_ALL_USERS_BACKEND, MODEL_BACKEND } from "../../internal/django_names.ts";
import { quoted } from "../../internal/option_checks.ts";
import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";
import type { LoginBackend } from "../options/login_backend.ts";

const BACKENDS: readonly unknown[] = ["session", "jwt"] satisfies LoginBackend[];

let processDefault: LoginBackend = "session";

/**
 * Sets where logins are kept if `login()` gets no `backend`: `"session"` until this is called. It applies to every
 * `djangoAuth()` of the process without an option `defaultBackend`, from the next login on. Code that sets it
 * temporarily must restore it.
 *
 * @throws {TypeError} for anything but `"session"` and `"jwt"`
 *
 * @example Switch the process to tokens, and back to sessions
 * ```ts
 * import { setDefaultBackend } from "@djauth/djauth";
 *
 * setDefaultBackend("jwt");
 * setDefaultBackend("session");
 * ```
 */
export function setDefaultBackend(backend: LoginBackend): void {
  requireKind(backend);
  processDefault = backend;
}

/**
 * The backend of a login; `path` is the entry of `authenticationBackends` for the session, `null` if none was
 * requested.
 */
export type ChosenBackend = { readonly kind: "jwt" } | {
  readonly kind: "session";
  readonly path: string | null;
};

/**
 * Returns the backend of a login.
 *
 * @param asked `"session"`, `"jwt"`, or an entry of `authenticationBackends`, which means a session
 * @throws {TypeError} for a backend that is not configured
 */
export function chooseBackend<Row extends object>(
  core: AuthCore<Row>,
  asked: string | undefined,
): ChosenBackend {
  const backend = asked ?? core.settings.defaultBackend ?? processDefault;
  if (backend === "jwt") return { kind: "jwt" };
  return { kind: "session", path: sessionBackend(core, backend, BACKENDS) };
}

/**
 * Returns which of `AUTHENTICATION_BACKENDS` a session has to name; `null` for `"session"`, which leaves that to
 * {@link usualBackend}.
 *
 * @param alsoExpected the other values that the caller accepts, for the message
 * @throws {TypeError} for a backend that is not configured
 */
export function sessionBackend<Row extends object>(
  { backends }: Pick<AuthCore<Row>, "backends">,
  backend: string,
  alsoExpected: readonly unknown[] = ["session"],
): string | null {
  if (backend === "session") return null;
  // The next request would refuse a session that names an unknown backend.
  if (backends.includes(backend)) return backend;
  const expected = [...alsoExpected, ...backends].map(quoted).join(", ");
  throw new TypeError(`backend is ${quoted(backend)}, expected one of ${expected}`);
}

/**
 * Returns the backend to store in a session if none was requested: the one by which Django's `authenticate()` would
 * have found this user. Other backends, which only handle permissions or lockouts, may precede it and have no
 * `get_user`.
 */
export function usualBackend<Row extends object>(
  { backends }: Pick<AuthCore<Row>, "backends">,
  { isActive }: Pick<User<Row>, "isActive">,
): string {
  const found = backends.find((path) =>
    path === ALLOW_ALL_USERS_BACKEND || path === MODEL_BACKEND && isActive
  );
  if (found !== undefined) return found;
  return backends.includes(MODEL_BACKEND) ? MODEL_BACKEND : backends[0]!;
}

/**
 * Requires a valid backend for a logout.
 *
 * @throws {TypeError}
 */
export function requireLogoutBackend(backend: unknown): void {
  if (backend !== undefined) requireKind(backend);
}

function requireKind(backend: unknown): void {
  if (BACKENDS.includes(backend)) return;
  throw new TypeError(`backend is ${quoted(backend)}, expected "session" or "jwt"`);
}
