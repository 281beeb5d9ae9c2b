/** Checks the arguments of guards when they are created: a misspelt option must not silently disable a guard. */

import { namesOf } from "../../internal/names_of.ts";
import { quoted, requireMethodOptions, requireName } from "../../internal/option_checks.ts";
import { requireAddress } from "../options/address_checks.ts";
import type { GuardOptions } from "./login_redirect.ts";

const OPTIONS = namesOf<GuardOptions>({ loginUrl: true, redirectFieldName: true });

/**
 * Requires each argument to be a function.
 *
 * @param call the guard with its arguments, such as `userRequired(handler)`
 * @param functions the arguments by name
 * @throws {TypeError} naming the argument that is not a function
 */
export function requireFunctions(call: string, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, given] of Object.entries(functions)) {
    if (typeof given === "function") continue;
    const guard = call.slice(0, call.indexOf("("));
    throw new TypeError(`${guard}() got ${quoted(given)} as its ${name}, expected ${call}`);
  }
}

/**
 * Requires valid options.
 *
 * @param guard the guard as it is called, such as `loginRequired()`
 * @throws {TypeError} for anything but an object, and for an unknown option
 * @throws {ImproperlyConfigured} `improperly_configured` for a `loginUrl` that no redirect can lead to
 */
export function requireGuardOptions(guard: string, options: GuardOptions): void {
  requireMethodOptions(guard, options, OPTIONS);
  if (options.loginUrl !== null) requireAddress("loginUrl", options.loginUrl);
  requireName("redirectFieldName", options.redirectFieldName);
}
