/** Checks of options that are addresses and paths. All other checks of single options are in `internal/option_checks.ts`. */

import { requireTexts, requireType, wrong } from "../../internal/option_checks.ts";

/** Refuses what no redirect can lead to: `login` would be looked for below whatever page was asked for. */
export function requireAddress(option: string, value: unknown): void {
  requireType(option, value, "string");
  if (typeof value !== "string") return;
  const isAddress = /^\//.test(value) || /^https?:\/\//i.test(value) && URL.canParse(value);
  // deno-lint-ignore no-control-regex -- no header can carry them
  if (isAddress && !/[\u0000-\u0020\u007f]/.test(value)) return;
  throw wrong(
    option,
    value,
    'a path such as "/accounts/login/" or an address such as "https://example.com/login/"',
  );
}

/** Refuses what the path of no request can be, as it is compared. */
export function requirePaths(option: string, value: unknown): void {
  if (typeof value !== "string") requireTexts(option, value);
  const paths = (typeof value === "string" ? [value] : value ?? []) as readonly string[];
  const wrongPath = paths.find((path) => !isPath(path));
  if (wrongPath !== undefined) throw wrong(option, wrongPath, 'a path as requests have it, such as "/live"');
}

/** Refuses what routers know as patterns: here, it would match no request. */
export function requireNoPatterns(option: string, paths: string | readonly string[] | undefined): void {
  const pattern = [paths ?? []].flat().find((path) => /\*|\/:/.test(path));
  if (pattern === undefined) return;
  throw wrong(
    option,
    pattern,
    "exact paths, since patterns are not known here: list the paths, or leave path out and decide in condition or data",
  );
}

function isPath(path: string): boolean {
  return path.startsWith("/") && new URL(`http://localhost${path}`).pathname === path;
}
