/** What `attach()` is given, checked before a server starts with it. The same for every adapter. */

import { requireObject, wrong } from "../internal/option_checks.ts";

/**
 * Refuses arguments that cannot be.
 *
 * @throws {TypeError} where the first is no `djangoAuth()`
 * @throws {ImproperlyConfigured} `improperly_configured` where there is no handler of requests
 */
export function requireAttach(auth: unknown, options: unknown): void {
  if (!isAuth(auth)) {
    const place = isAuth(options) ? ", but as its second" : "";
    throw new TypeError(
      `attach() got no djangoAuth() as its first argument${place}, expected attach(auth, { fetch })`,
    );
  }
  requireObject("attach(auth, options)", options ?? null);
  const { fetch } = options as { fetch?: unknown };
  if (typeof fetch !== "function") throw wrong("fetch", fetch, "a function that answers requests");
}

function isAuth(value: unknown): boolean {
  const { handle, connector } = (value ?? {}) as { handle?: unknown; connector?: unknown };
  return typeof handle === "function" && typeof connector === "function";
}
