/** Where a login is kept: in a session or in tokens. */

import { ALLOW_ALL_USERS_BACKEND, MODEL_BACKEND } from "../../internal/django_names.ts";
import { quoted } from "../../internal/option_checks.ts";
import type { User } from "../../users/user.ts";
import type { AuthCore } from "../core/core.ts";
import type { LoginBackend } from "../options/login_backend.ts";

const BACKENDS: readonly unknown[] = ["session", "jwt"] satisfies LoginBackend[];

let processDefault: LoginBackend = "session";

/**
 * Where logins of this process are kept whose `login()` does not say: `"session"` until this is called. It holds for every
 * `djangoAuth()` without an option `defaultBackend` of its own, from the next login on. It is a default of the whole
 * process: code that sets it for a while has to set it back.
 *
 * @throws {TypeError} for anything but `"session"` and `"jwt"`
 *
 * @example Tokens for every login of the process, and sessions again
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

/** Where a login goes; `path` is the one of `authenticationBackends` that a session shall name, `null` where none was asked for. */
export type ChosenBackend = { readonly kind: "jwt" } | {
  readonly kind: "session";
  readonly path: string | null;
};

/**
 * Where a login goes.
 *
 * @param asked `"session"`, `"jwt"`, or one of `authenticationBackends`, which means a session
 * @throws {TypeError} for a backend that is not configured
 */
export function chooseBackend<Row extends object>(
  core: AuthCore<Row>,
  asked: string | undefined,
): ChosenBackend {
  const backend = asked ?? core.settings.defaultBackend ?? processDefault;
  if (backend === "jwt") return { kind: "jwt" };
  return { kind: "session", path: backend === "session" ? null : requireBackend(core, backend, BACKENDS) };
}

/**
 * One of `AUTHENTICATION_BACKENDS`.
 *
 * @param alsoExpected what the caller takes besides, for the message
 * @throws {TypeError} for any other
 */
export function requireBackend<Row extends object>(
  { backends }: Pick<AuthCore<Row>, "backends">,
  backend: string,
  alsoExpected: readonly unknown[] = [],
): string {
  // A session of an unknown backend would sign nobody in at the next request.
  if (backends.includes(backend)) return backend;
  const expected = [...alsoExpected, ...backends].map(quoted).join(", ");
  throw new TypeError(`backend is ${quoted(backend)}, expected one of ${expected}`);
}

/**
 * The backend that a login is noted under where none is asked for: the one that Django's `authenticate()` would have found this user
 * with. Others, which only decide about permissions or lock somebody out, may stand before it, and have no `get_user`.
 */
export function usualBackend<Row extends object>(
  { backends }: Pick<AuthCore<Row>, "backends">,
  { isActive }: Pick<User<Row>, "isActive">,
): string {
  const usual = isActive
    ? [MODEL_BACKEND, ALLOW_ALL_USERS_BACKEND]
    : [ALLOW_ALL_USERS_BACKEND, MODEL_BACKEND];
  return usual.find((path) => backends.includes(path)) ?? backends[0]!;
}

/**
 * Refuses a backend that a logout cannot mean.
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
