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

/** The request that a response was first returned to: for that one alone its headers are changed. */
const OWNERS = new WeakMap<Response, Request>();
/** What a response was before cookies were put on it. */
const UNMARKED = new WeakMap<Response, Headers>();

/**
 * A response without a body can be returned again and again, also to several visitors at one moment: one's cookies must
 * not go out to the next, so that all but the first get a copy.
 */
export function ownResponse(response: Response, request: Request): Response {
  const owner = OWNERS.get(response);
  if (owner === undefined) OWNERS.set(response, request);
  if (owner === undefined || owner === request || response.status === SWITCHING_PROTOCOLS) return response;
  const headers = UNMARKED.get(response) ?? response.headers;
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/**
 * The response with more headers; a copy that streams the same body where its headers cannot be changed.
 *
 * @param varying the headers that a response varies with which depends on the login
 */
export function withCookies(
  response: Response,
  sent: ResponseCookies,
  varying: readonly string[],
): Response {
  try {
    if (sent.cookies.length > 0 && !UNMARKED.has(response)) {
      UNMARKED.set(response, new Headers(response.headers));
    }
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
  const names = vary?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  if (names.includes("*")) return;
  const missing = varying.filter((name) => !names.includes(name.toLowerCase()));
  if (missing.length > 0) headers.set("vary", [...vary === null ? [] : [vary], ...missing].join(", "));
}
