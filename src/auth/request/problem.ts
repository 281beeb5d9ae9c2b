/** Errors as HTTP responses: RFC 9457 problem bodies with a stable `code`. */

import type { ErrorCode, RefusalCode } from "../../error_codes.ts";
import { DjauthError } from "../../errors.ts";
import { AuthenticationError, NotAuthenticated } from "../../account_errors.ts";

/** Every `code` that a problem response of djauth can have. */
export type ProblemCode =
  | ErrorCode
  | RefusalCode
  | "invalid_credentials"
  | "websocket_version";

/** The Retry-After header, by status. */
const RETRY_AFTER_SECONDS: Readonly<Record<number, number>> = { 429: 10, 503: 1 };

/** The titles of the statuses that djauth uses. */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * Creates a problem response (RFC 9457); a 401 has the challenge and a 405 the Allow that RFC 9110 requires, 429 and
 * 503 have Retry-After.
 */
export function problem(status: number, code: ProblemCode, detail?: string): Response {
  const title = TITLES[status] ?? "Error";
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (status === 401) headers.set("www-authenticate", 'Session realm="django"');
  // The helpers and endpoints that refuse a method are meant for POST.
  if (status === 405) headers.set("allow", "POST");
  const retryAfter = RETRY_AFTER_SECONDS[status];
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  const body = detail === undefined ? { title, status, code } : { title, status, code, detail };
  return new Response(JSON.stringify(body), { status, headers });
}

/** Creates the error for a method other than POST; its message may reach a client. */
export function methodNotAllowed(method: string): DjauthError {
  return new DjauthError("method_not_allowed", `The method ${method} is not allowed, expected POST`);
}

/**
 * Returns the response to an error of djauth.
 *
 * @returns a problem response, or `null` for any other error, which is the application's to handle
 *
 * @example In a router of your own
 * ```ts
 * import { errorResponse, NotAuthenticated } from "@djauth/djauth";
 *
 * const response = errorResponse(new NotAuthenticated());
 * console.log(response?.status); // 401
 * ```
 */
export function errorResponse(error: unknown): Response | null {
  if (!(error instanceof DjauthError)) return null;
  // One response for an unknown user, a wrong password and an inactive account: no client may find out which names
  // exist. A user who changes the password is already known.
  if (error instanceof AuthenticationError && error.code !== "wrong_old_password") {
    return problem(401, "invalid_credentials", "No active account found with the given credentials");
  }
  // Internal details are not disclosed.
  if (error.status >= 500) return problem(error.status, error.code);
  return error instanceof NotAuthenticated
    ? unauthorized(error)
    : problem(error.status, error.code, error.message);
}

/** Creates the 401, with simplejwt's own body if a token was refused, so that its clients understand it. */
function unauthorized({ code, message, challenge, body }: NotAuthenticated): Response {
  const response = body === undefined ? problem(401, code, message) : new Response(JSON.stringify(body), {
    status: 401,
    // Explicitly: Bun would add a charset, which simplejwt does not send and JSON does not have.
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
  if (challenge !== undefined) response.headers.set("www-authenticate", challenge);
  return response;
}
