/** What the guards are given, checked when they are made: a misspelt option must not be a guard that is off. */

import { isObject, quoted, requireName, requireTaken } from "../../internal/option_checks.ts";
import { requireAddress } from "../options/address_checks.ts";
import type { GuardOptions } from "./login_redirect.ts";

const OPTIONS: readonly (keyof GuardOptions)[] = ["loginUrl", "redirectFieldName"];

/**
 * Refuses what is no function.
 *
 * @param call the guard with its arguments, such as `userRequired(handler)`
 * @param functions what was given, by the names of the arguments
 * @throws {TypeError} with what is missing
 */
export function requireFunctions(call: string, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, given] of Object.entries(functions)) {
    if (typeof given === "function") continue;
    const guard = call.slice(0, call.indexOf("("));
    throw new TypeError(`${guard}() got ${quoted(given)} as its ${name}, expected ${call}`);
  }
}

/**
 * Refuses options that cannot be.
 *
 * @param guard as it is called, such as `loginRequired()`
 * @throws {TypeError} for what is no object, and for an unknown option
 * @throws {ImproperlyConfigured} `improperly_configured` for a page that no redirect leads to
 */
export function requireGuardOptions(guard: string, options: GuardOptions): void {
  if (!isObject(options)) {
    throw new TypeError(`${guard} got ${quoted(options)} as its options, expected an object`);
  }
  requireTaken(guard, options, OPTIONS);
  if (options.loginUrl !== null) requireAddress("loginUrl", options.loginUrl);
  requireName("redirectFieldName", options.redirectFieldName);
}
