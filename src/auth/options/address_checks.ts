/**
 * Checks for options that are URLs and paths. All other checks of single options are in `internal/option_checks.ts`.
 */

import { requireTexts, requireType, wrong } from "../../internal/option_checks.ts";

/** Requires a redirect target: a relative path such as `login` would resolve below whatever page was requested. */
export function requireAddress(option: string, value: unknown): void {
  requireType(option, value, "string");
  if (typeof value !== "string") return;
  const isAddress = /^\//.test(value) || /^https?:\/\//i.test(value) && URL.canParse(value);
  // deno-lint-ignore no-control-regex -- a header cannot carry them
  if (isAddress && !/[\u0000-\u0020\u007f]/.test(value)) return;
  throw wrong(
    option,
    value,
    'a path such as "/accounts/login/" or a URL such as "https://example.com/login/"',
  );
}

/** Requires paths in the form in which requests have them, since they are compared as they are. */
export function requirePaths(option: string, value: unknown): void {
  if (typeof value !== "string") requireTexts(option, value);
  const paths = (typeof value === "string" ? [value] : value ?? []) as readonly string[];
  const wrongPath = paths.find((path) => !isPath(path));
  if (wrongPath !== undefined) throw wrong(option, wrongPath, 'a path as in a request, such as "/live"');
}

/** Refuses router patterns, which would match no request here. */
export function requireNoPatterns(option: string, paths: string | readonly string[] | undefined): void {
  const pattern = [paths ?? []].flat().find((path) => /\*|\/:/.test(path));
  if (pattern === undefined) return;
  throw wrong(
    option,
    pattern,
    "exact paths, since patterns are not supported: list the paths, or leave path out and decide in condition or data",
  );
}

function isPath(path: string): boolean {
  return path.startsWith("/") && new URL(`http://localhost${path}`).pathname === path;
}
