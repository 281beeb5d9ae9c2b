/** What kind of request this is: an upgrade to a WebSocket, for a path that takes one, in a version that is spoken. */

import { problem } from "../../auth/request/problem.ts";
import { urlOf } from "../../internal/request_url.ts";

/** Whether a request asks for a WebSocket, on one of these paths. Header values are compared without regard to case. */
export function wantsSocket(request: Request, path: string | readonly string[] | undefined): boolean {
  const upgrade = request.headers.get("upgrade");
  if (upgrade === null || request.method !== "GET" || !/(?:^|,)\s*websocket\s*(?:,|$)/i.test(upgrade)) {
    return false;
  }
  if (path === undefined) return true;
  const isWanted = (pathname: string): boolean =>
    typeof path === "string" ? path === pathname : path.includes(pathname);
  // Nearly every address is written as it is meant, and need not be taken apart.
  return isWanted(writtenPath(request.url)) || isWanted(urlOf(request).pathname);
}

/** The path of an absolute address as it is written. */
function writtenPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** RFC 6455 section 4.2.2: the answer to a version that is not spoken; `null` for version 13. Deno does not look. */
export function wrongVersion(request: Request): Response | null {
  if (request.headers.get("sec-websocket-version")?.trim() === "13") return null;
  const response = problem(426, "websocket_version");
  response.headers.set("upgrade", "websocket");
  response.headers.set("sec-websocket-version", "13");
  return response;
}
