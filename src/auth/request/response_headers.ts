/**
 * Adds cookies and `Vary` to whatever response a handler returns, even to one that it returns to several visitors, or
 * whose headers are immutable. Which cookies to send is decided in `finish.ts`.
 */

import type { VaryingHeaders } from "../options/token_transport.ts";

/** The cookies of a response, and whether it varies. */
export interface ResponseCookies {
  /** The values of its Set-Cookie headers. */
  readonly cookies: readonly string[];
  /** Whether the response depends on the login of the request. */
  readonly varies: boolean;
}

/** The status of an upgrade made by the handler itself. */
export const SWITCHING_PROTOCOLS = 101;

/** Marks a response that was returned before: a `WeakMap` of all responses would cost 5 % of a request. */
const RETURNED = Symbol("returned before");

type ReturnedResponse = Response & { [RETURNED]?: Returned };

interface Returned {
  /** The request to which it was first returned. */
  readonly request: Request;
  /** The headers as set by the application. */
  readonly headers: Headers;
}

/**
 * Returns a response that is this request's own. A response without a body, or with an empty one, can be returned
 * repeatedly, even to several visitors at the same time: from the second time on, a copy is made with the headers as
 * set by the application, since Bun takes them from a response when sending it.
 */
export function ownResponse(response: Response, request: Request): Response {
  // For an upgrade, the runtime insists on its own response object.
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
 * Returns the response with the headers added; a copy that streams the same body if its own headers are immutable, or
 * if the added ones are specific to one visitor.
 *
 * @param varying the headers with which a response varies that depends on the login
 */
export function withCookies(
  response: Response,
  sent: ResponseCookies,
  varying: VaryingHeaders,
): Response {
  // A response that the application keeps, clones or sends elsewhere must never carry the login of its first recipient.
  const isGiven = sent.cookies.length > 0 && RETURNED in response;
  const own = isGiven ? copyOf(response) : response;
  try {
    applyTo(own.headers, sent, varying);
    return own;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const copy = new Response(own.body, own);
    applyTo(copy.headers, sent, varying);
    return copy;
  }
}

/** Copies a response; only the copy can be sent then. */
function copyOf(response: Response): Response {
  if (response.headers.has("content-type")) return new Response(response.body, response);
  // For a string body, Bun adds the type when sending, unless the stream was accessed before.
  const copy = response.clone() as Response;
  // The stream now has two readers: unless the other one is cancelled, it is buffered in memory and outlives its
  // client.
  response.body?.cancel().catch(() => {});
  return copy;
}

function applyTo(headers: Headers, { cookies, varies }: ResponseCookies, varying: VaryingHeaders): void {
  if (varies) patchVary(headers, varying);
  for (const cookie of cookies) headers.append("set-cookie", cookie);
}

/** Django's `patch_vary_headers`. */
function patchVary(headers: Headers, varying: VaryingHeaders): void {
  const vary = headers.get("vary");
  if (vary === null) return headers.set("vary", varying.text);
  const names = vary.split(/\s*,\s*/);
  if (names.includes("*")) return headers.set("vary", "*");
  const known = new Set(names.map((name) => name.toLowerCase()));
  const missing = varying.names.filter((name) => !known.has(name.toLowerCase()));
  headers.set("vary", [...names, ...missing].join(", "));
}
