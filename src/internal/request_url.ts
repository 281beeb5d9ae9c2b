/** The address of a request as a `URL`. Not for decisions about hosts: those are made by the rules of `src/origin/`. */

/** Never throws: Bun leaves the address relative where the Host header cannot be read. */
export function urlOf(request: Request): URL {
  try {
    return new URL(request.url, "http://localhost");
  } catch {
    return new URL("http://localhost/");
  }
}
