/** The files of the page (HTML, style and script), with headers that keep anything else from running. */

import { readFile } from "node:fs/promises";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const FILES: readonly string[] = ["index.html", "style.css", "page.js", "live_socket.js", "icon.svg"];

const HEADERS: Readonly<Record<string, string>> = {
  // Scripts and styles come only from this server, and the page cannot be framed.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-cache",
};

/** Returns the file of a path, or `null`. */
export async function pageFile(pathname: string): Promise<Response | null> {
  const name = pathname === "/" ? "index.html" : pathname.replace(/^\/static\//, "");
  if (!FILES.includes(name)) return null;
  const body = await readFile(new URL(`static/${name}`, import.meta.url));
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!;
  return new Response(body, { headers: { ...HEADERS, "content-type": type } });
}
