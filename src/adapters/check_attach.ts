/** Checks the arguments of `attach()` before a server starts with them. The same for every adapter. */

import { ImproperlyConfigured } from "../errors.ts";
import { requireObject, wrong } from "../internal/option_checks.ts";

/** Misspelt handlers, which the runtime would ignore. */
const MEANT: Readonly<Record<string, string>> = { websockets: "websocket", webSocket: "websocket" };

/**
 * Requires valid arguments.
 *
 * @param foreign the handler that another runtime calls differently, and its name on this one
 * @throws {TypeError} if the first is not a `djangoAuth()`
 * @throws {ImproperlyConfigured} `improperly_configured` without a request handler, and for a handler under a wrong name
 */
export function requireAttach(
  auth: unknown,
  options: unknown,
  foreign: Readonly<Record<string, string>>,
): void {
  if (!isAuth(auth)) {
    const place = isAuth(options) ? ": it is the second one" : "";
    throw new TypeError(
      `The first argument of attach() is not a djangoAuth()${place}, expected attach(auth, { fetch })`,
    );
  }
  requireObject("attach(auth, options)", options ?? null);
  const meant = { ...MEANT, ...foreign };
  for (const name of Object.keys(options as object)) {
    if (!Object.hasOwn(meant, name)) continue;
    throw new ImproperlyConfigured(`${name} is not an option of this runtime, did you mean ${meant[name]}?`);
  }
  const { fetch } = options as { fetch?: unknown };
  if (typeof fetch !== "function") throw wrong("fetch", fetch, "a function that handles requests");
}

function isAuth(value: unknown): boolean {
  const { handle, connector } = (value ?? {}) as { handle?: unknown; connector?: unknown };
  return typeof handle === "function" && typeof connector === "function";
}
