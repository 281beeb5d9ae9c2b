/** Recognizes upgrade requests: to a WebSocket, on a path that takes sockets, in a supported version. */

import { problem } from "../../auth/request/problem.ts";
import { urlOf } from "../../internal/request_url.ts";

/**
 * An offer of HTTP/2 before that of a WebSocket, as no browser makes: where Deno upgrades such a request, its process
 * ends.
 */
const HTTP2_FIRST = /^\s*h2c\s*,/i;

/** Returns whether a request asks for a WebSocket, on whatever path. Header values are case-insensitive. */
export function isUpgrade(request: Request): boolean {
  const upgrade = request.headers.get("upgrade");
  // As nearly all clients write it: spares two patterns.
  if (upgrade === "websocket") return request.method === "GET";
  return upgrade !== null && request.method === "GET" && /(?:^|,)\s*websocket\s*(?:,|$)/i.test(upgrade) &&
    !HTTP2_FIRST.test(upgrade);
}

/** Returns whether a request is for one of these paths; without any, for all. */
export function isOnPath(request: Request, path: string | readonly string[] | undefined): boolean {
  if (path === undefined) return true;
  const paths = listed(path);
  const written = writtenPath(request.url);
  // Nearly every URL is in normal form and need not be parsed.
  return written !== null && paths.includes(written) || paths.includes(urlOf(request).pathname);
}

/** Returns whether a path differs from one of these by case, or by the slash at its end, alone. */
export function isNearPath(pathname: string, path: string | readonly string[]): boolean {
  const loosely = (text: string): string => text.toLowerCase().replace(/\/$/, "");
  return listed(path).some((one) => loosely(one) === loosely(pathname));
}

function listed(path: string | readonly string[]): readonly string[] {
  return typeof path === "string" ? [path] : path;
}

/**
 * Returns the path of a URL without normalizing it; `null` where it is not absolute, as on Bun for a malformed Host: a
 * "://" may then be in the query.
 */
function writtenPath(url: string): string | null {
  if (!url.startsWith("http://") && !url.startsWith("https://")) return null;
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
