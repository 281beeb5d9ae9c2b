/** The URL of a request. Not for decisions about hosts: those follow the rules of `src/origin/`. */

/** Parses the URL of a request. Never throws: Bun leaves the URL relative if it cannot read the Host header. */
export function urlOf(request: Request): URL {
  try {
    return new URL(request.url, "http://localhost");
  } catch {
    return new URL("http://localhost/");
  }
}
