/**
 * The facts of a request that the rules on hosts, origins and CSRF need, and how they are read from a Web `Request`.
 * The rules are in the other files of this folder.
 */

import { ImproperlyConfigured } from "../errors.ts";

/**
 * A request as this folder's rules see it. Mirrors the parts of `django.http.HttpRequest` that they use.
 */
export interface RequestFacts {
  /** The method as it was sent; Django compares it exactly, in upper case. */
  readonly method: string;
  /** Whether the browser used HTTPS (or WSS); behind a proxy, according to `secureProxySslHeader`. */
  readonly secure: boolean;
  /**
   * Returns the value of a header, named in lower case; null if there is none. The values of a header that was sent
   * twice are joined with `", "`.
   */
  header(name: string): string | null;
  /** The server's own name, for a request without a Host header. Django's `SERVER_NAME`. */
  readonly serverName?: string | undefined;
  /** The server's own port. Django's `SERVER_PORT`. */
  readonly serverPort?: string | undefined;
}

/** The settings for a proxy that terminates TLS. */
export interface ProxySettings {
  /**
   * Django's `SECURE_PROXY_SSL_HEADER`, such as `["HTTP_X_FORWARDED_PROTO", "https"]`; null trusts no header.
   */
  readonly secureProxySslHeader: readonly [header: string, secureValue: string] | null;
}

/** The slice of a Web `Request` in use. */
export type RequestSlice = Pick<Request, "method" | "url" | "headers">;

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * Returns the lower-case name of a header from either spelling: Django's `HTTP_X_CSRFTOKEN` and the plain `X-CSRFToken`
 * both become `x-csrftoken`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` if it is not a valid header name
 */
export function headerNameOf(name: string): string {
  const plain = name.startsWith("HTTP_") ? name.slice(5).replaceAll("_", "-") : name;
  const lower = plain.toLowerCase();
  if (!HEADER_NAME.test(lower)) {
    throw new ImproperlyConfigured(
      `The header name is ${JSON.stringify(name)}, expected one such as "X-CSRFToken" or "HTTP_X_CSRFTOKEN"`,
    );
  }
  return lower;
}

/**
 * Returns the facts of a Web `Request`, with the scheme that Django's `HttpRequest.scheme` determines. Parses lazily,
 * and never throws on hostile input.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` if `secureProxySslHeader` has an invalid header name
 */
export function factsOf(
  request: RequestSlice,
  settings: ProxySettings,
): RequestFacts {
  return new WebRequestFacts(request, isSecure(request, settings));
}

function isSecure(request: RequestSlice, settings: ProxySettings): boolean {
  // Anybody can send such a header: it is trusted only if the site declares that its proxy always sets it.
  if (settings.secureProxySslHeader !== null) {
    const [name, secureValue] = settings.secureProxySslHeader;
    const value = request.headers.get(headerNameOf(name));
    if (value !== null) return value.split(",", 1)[0]?.trim() === secureValue;
  }
  return /^(?:https|wss):/i.test(request.url);
}

class WebRequestFacts implements RequestFacts {
  readonly secure: boolean;
  readonly #request: RequestSlice;
  #origin: string | null | undefined;

  constructor(request: RequestSlice, secure: boolean) {
    this.secure = secure;
    this.#request = request;
  }

  get method(): string {
    return this.#request.method;
  }

  header(name: string): string | null {
    if (name !== "origin") return this.#request.headers.get(name);
    // Cached: several rules read it, and each read leaves JavaScript on Deno.
    if (this.#origin === undefined) this.#origin = this.#request.headers.get(name);
    return this.#origin;
  }

  get serverName(): string | undefined {
    return this.#url()?.hostname;
  }

  get serverPort(): string | undefined {
    const url = this.#url();
    // Runtimes build the URL from the Host header, where no port means the default of the browser's scheme.
    return url === null ? undefined : url.port || (this.secure ? "443" : "80");
  }

  /**
   * Returns the request's URL; null where Bun leaves it relative, as it does without a readable Host header.
   */
  #url(): URL | null {
    try {
      return new URL(this.#request.url);
    } catch {
      return null;
    }
  }
}
