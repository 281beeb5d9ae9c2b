/**
 * Puts cookies and `Vary` on a response, whichever response a handler returns: one that it keeps and returns to several
 * visitors, or one whose headers cannot be changed. Which cookies those are is decided in `finish.ts`.
 */

/** What a response is sent with. */
export interface ResponseCookies {
  /** The lines of its Set-Cookie headers. */
  readonly cookies: readonly string[];
  /** Whether it depends on the login of the request. */
  readonly varies: boolean;
}

/** The status of a handler's own upgrade. */
export const SWITCHING_PROTOCOLS = 101;

/** What stands on a response that was returned before: a `WeakMap` of all responses takes a twentieth of a request. */
const RETURNED = Symbol("returned before");

type ReturnedResponse = Response & { [RETURNED]?: Returned };

interface Returned {
  /** The request that it was first returned to: for that one alone its headers are changed. */
  readonly request: Request;
  /** As the application gave them. */
  headers: Headers;
}

/**
 * A response without a body, or with an empty one, can be returned again and again, also to several visitors at one moment.
 * From the second time on it is a copy with the headers that the application gave it: one's cookies must not go out to the
 * next, and Bun takes the headers from a response as it sends it, unless they were asked for.
 */
export function ownResponse(response: Response, request: Request): Response {
  // Of an upgrade the runtime wants the very response that it has made.
  if (response.status === SWITCHING_PROTOCOLS) return response;
  const returned: ReturnedResponse = response;
  const before = returned[RETURNED];
  if (before === undefined) {
    returned[RETURNED] = { request, headers: response.headers };
    return response;
  }
  if (before.request === request) return response;
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers: before.headers });
}

/**
 * The response with more headers; a copy that streams the same body where its own cannot be changed.
 *
 * @param varying the headers that a response varies with which depends on the login
 */
export function withCookies(
  response: Response,
  sent: ResponseCookies,
  varying: readonly string[],
): Response {
  const returned = (response as ReturnedResponse)[RETURNED];
  if (sent.cookies.length > 0 && returned?.headers === response.headers) {
    returned.headers = new Headers(response.headers);
  }
  try {
    applyTo(response.headers, sent, varying);
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const copy = new Response(response.body, response);
    applyTo(copy.headers, sent, varying);
    return copy;
  }
}

function applyTo(headers: Headers, { cookies, varies }: ResponseCookies, varying: readonly string[]): void {
  if (varies) patchVary(headers, varying);
  for (const cookie of cookies) headers.append("set-cookie", cookie);
}

/** Django's `patch_vary_headers`. */
function patchVary(headers: Headers, varying: readonly string[]): void {
  const vary = headers.get("vary");
  if (vary === null) return headers.set("vary", varying.join(", "));
  const names = vary.split(",").map((name) => name.trim().toLowerCase());
  if (names.includes("*")) return;
  const missing = varying.filter((name) => !names.includes(name.toLowerCase()));
  if (missing.length > 0) headers.set("vary", [vary, ...missing].join(", "));
}
