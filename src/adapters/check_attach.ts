/** Checks the arguments of `attach()` before a server starts with them. The same for every adapter. */

import { requireObject, wrong } from "../internal/option_checks.ts";

/**
 * Requires valid arguments.
 *
 * @throws {TypeError} if the first is not a `djangoAuth()`
 * @throws {ImproperlyConfigured} `improperly_configured` without a request handler
 */
export function requireAttach(auth: unknown, options: unknown): void {
  if (!isAuth(auth)) {
    const place = isAuth(options) ? ": it is the second one" : "";
    throw new TypeError(
      `The first argument of attach() is not a djangoAuth()${place}, expected attach(auth, { fetch })`,
    );
  }
  requireObject("attach(auth, options)", options ?? null);
  const { fetch } = options as { fetch?: unknown };
  if (typeof fetch !== "function") throw wrong("fetch", fetch, "a function that handles requests");
}

function isAuth(value: unknown): boolean {
  const { handle, connector } = (value ?? {}) as { handle?: unknown; connector?: unknown };
  return typeof handle === "function" && typeof connector === "function";
}
