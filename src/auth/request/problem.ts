/** Errors as HTTP answers: RFC 9457 problem bodies with a stable `code`. */

import type { ErrorCode, RefusalCode } from "../../error_codes.ts";
import { DjauthError } from "../../errors.ts";
import { AuthenticationError, NotAuthenticated } from "../../account_errors.ts";

/** Every `code` that a problem response of djauth can have. */
export type ProblemCode =
  | ErrorCode
  | RefusalCode
  | "invalid_credentials"
  | "method_not_allowed"
  | "websocket_version";

/** Seconds after which a client may try again, by status. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 10, 503: 1 };

/** The titles of the statuses that djauth answers with. */
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

/** A problem response (RFC 9457); a 401 carries the challenge that RFC 9110 asks for, 429 and 503 say when to come again. */
export function problem(status: number, code: ProblemCode, detail?: string): Response {
  const title = TITLES[status] ?? "Error";
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (status === 401) headers.set("www-authenticate", 'Session realm="django"');
  const retryAfter = RETRY_AFTER[status];
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  const body = detail === undefined ? { title, status, code } : { title, status, code, detail };
  return new Response(JSON.stringify(body), { status, headers });
}

/**
 * The answer to an error of djauth.
 *
 * @returns a problem response, or `null` when the error is none of ours: then it is the application's own trouble
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
  // One answer for an unknown user, a wrong password and an inactive account: no client may find out which names exist.
  // Who changes a password is known already.
  if (error instanceof AuthenticationError && error.code !== "wrong_old_password") {
    return problem(401, "invalid_credentials", "No active account found with the given credentials");
  }
  // What went wrong inside stays inside.
  if (error.status >= 500) return problem(error.status, error.code);
  return error instanceof NotAuthenticated
    ? unauthorized(error)
    : problem(error.status, error.code, error.message);
}

/** With simplejwt's own body where a token was refused, so that its clients understand. */
function unauthorized({ code, message, challenge, body }: NotAuthenticated): Response {
  const response = body === undefined ? problem(401, code, message) : new Response(JSON.stringify(body), {
    status: 401,
    // By name: Bun would add a charset, which neither simplejwt does nor JSON has.
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
  if (challenge !== undefined) response.headers.set("www-authenticate", challenge);
  return response;
}
