/** Recognizes upgrade requests: to a WebSocket, on a path that takes sockets, in a supported version. */

import { problem } from "../../auth/request/problem.ts";
import { urlOf } from "../../internal/request_url.ts";

/** An offer of HTTP/2 before that of a WebSocket, as no browser makes: where Deno upgrades such a request, its process ends. */
const HTTP2_FIRST = /^\s*h2c\s*,/i;

/** Returns whether a request asks for a WebSocket on one of these paths. Header values are case-insensitive. */
export function wantsSocket(request: Request, path: string | readonly string[] | undefined): boolean {
  const upgrade = request.headers.get("upgrade");
  if (upgrade === null || request.method !== "GET" || !/(?:^|,)\s*websocket\s*(?:,|$)/i.test(upgrade)) {
    return false;
  }
  if (HTTP2_FIRST.test(upgrade)) return false;
  if (path === undefined) return true;
  const isWanted = (pathname: string): boolean =>
    typeof path === "string" ? path === pathname : path.includes(pathname);
  // Nearly every URL is in normal form and need not be parsed.
  return isWanted(writtenPath(request.url)) || isWanted(urlOf(request).pathname);
}

/** Returns the path of an absolute URL without normalizing it. */
function writtenPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** Returns the refusal of a version other than 13 (RFC 6455 section 4.2.2), or `null`; Deno does not check it. */
export function wrongVersion(request: Request): Response | null {
  if (request.headers.get("sec-websocket-version")?.trim() === "13") return null;
  const response = problem(426, "websocket_version");
  response.headers.set("upgrade", "websocket");
  response.headers.set("sec-websocket-version", "13");
  return response;
}
