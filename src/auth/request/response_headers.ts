/**
 * Puts cookies and `Vary` on a response, whichever response a handler returns: one that it keeps and returns to several
 * visitors, or one whose headers cannot be changed. Which cookies those are is decided in `finish.ts`.
 */

import type { VaryingHeaders } from "../options/token_transport.ts";

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
  /** The request that it was first returned to. */
  readonly request: Request;
  /** As the application gave them. */
  readonly headers: Headers;
}

/**
 * A response without a body, or with an empty one, can be returned again and again, also to several visitors at one moment.
 * From the second time on it is a copy with the headers that the application gave it: Bun takes them from a response as it
 * sends it.
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
 * The response with more headers; a copy that streams the same body where its own cannot be changed, and where they are one
 * visitor's.
 *
 * @param varying the headers that a response varies with which depends on the login
 */
export function withCookies(
  response: Response,
  sent: ResponseCookies,
  varying: VaryingHeaders,
): Response {
  // What the application keeps, clones or sends from elsewhere must never carry the login of who was answered with it first.
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

/** The same response, of which only the copy can be sent. */
function copyOf(response: Response): Response {
  if (response.headers.has("content-type")) return new Response(response.body, response);
  // Of a text, Bun adds the type as it sends it, and no more once somebody has asked for the stream.
  const copy = response.clone() as Response;
  // A stream has two readers now: without the other one leaving, it would be kept in memory, and not end with its client.
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
  const names = vary.split(",").map((name) => name.trim().toLowerCase());
  if (names.includes("*")) return;
  const missing = varying.names.filter((name) => !names.includes(name.toLowerCase()));
  if (missing.length > 0) headers.set("vary", [vary, ...missing].join(", "));
}
