/** The page itself: HTML, style and script as files, with headers that let nothing else run. */

import { readFile } from "node:fs/promises";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const FILES: readonly string[] = ["index.html", "style.css", "page.js", "live_socket.js", "icon.svg"];

const HEADERS: Readonly<Record<string, string>> = {
  // Script and style are files of this server, and nobody may put the page into a frame.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-cache",
};

/** The file of a path, or `null`. */
export async function pageFile(pathname: string): Promise<Response | null> {
  const name = pathname === "/" ? "index.html" : pathname.replace(/^\/static\//, "");
  if (!FILES.includes(name)) return null;
  const body = await readFile(new URL(`static/${name}`, import.meta.url));
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!;
  return new Response(body, { headers: { ...HEADERS, "content-type": type } });
}
