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

/** Stands on a response that was returned before; a `WeakMap` of all responses takes a twentieth of a request. */
const WAS_RETURNED = Symbol("was returned");

/**
 * A response without a body can be returned again and again. From the second time on it is a copy: Bun takes the headers
 * from a response as it sends it, unless they were asked for.
 */
export function ownResponse(response: Response): Response {
  // Of an upgrade the runtime wants the very response that it has made.
  if (response.status === SWITCHING_PROTOCOLS) return response;
  const marked = response as Response & { [WAS_RETURNED]?: Headers };
  if (marked[WAS_RETURNED] !== undefined) return new Response(response.body, response);
  marked[WAS_RETURNED] = response.headers;
  return response;
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
  if (sent.cookies.length > 0 && mayBeShared(response)) return copyWith(response, sent, varying);
  try {
    applyTo(response.headers, sent, varying);
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return copyWith(response, sent, varying);
  }
}

/**
 * Whether a handler can return this response to several visitors, also in one moment: one's cookies must not go out to
 * another. A body can be sent once only.
 */
function mayBeShared(response: Response): boolean {
  return response.status !== SWITCHING_PROTOCOLS && response.body === null;
}

function copyWith(response: Response, sent: ResponseCookies, varying: readonly string[]): Response {
  const copy = new Response(response.body, response);
  applyTo(copy.headers, sent, varying);
  return copy;
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
