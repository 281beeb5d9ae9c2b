/**
 * What the rules on hosts, origins and CSRF need to know of a request, and how it is read from a Web
 * `Request`. No rule lives here: host.ts says whether a host is allowed.
 */

import { ImproperlyConfigured } from "../errors.ts";

/**
 * A request as the rules of this folder see it. Mirrors the parts of `django.http.HttpRequest` that they use.
 */
export interface RequestFacts {
  /** The method as it was sent; Django compares it in upper case and exactly. */
  readonly method: string;
  /** Whether the person's browser used HTTPS (or WSS), behind a proxy as `secureProxySslHeader` says. */
  readonly secure: boolean;
  /**
   * The text of a header, named in lower case; null if there is none. The values of a header that was sent twice are
   * joined with `", "`.
   */
  header(name: string): string | null;
  /** The server's own name, for a request without a Host header. Django's `SERVER_NAME`. */
  readonly serverName?: string | undefined;
  /** The server's own port. Django's `SERVER_PORT`. */
  readonly serverPort?: string | undefined;
}

/** What is believed of a proxy that ends TLS. */
export interface ProxySettings {
  /**
   * Django's `SECURE_PROXY_SSL_HEADER`, such as `["HTTP_X_FORWARDED_PROTO", "https"]`; null believes no
   * header.
   */
  readonly secureProxySslHeader: readonly [header: string, secureValue: string] | null;
}

/** The slice of a Web `Request` that is read. */
export type RequestSlice = Pick<Request, "method" | "url" | "headers">;

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * The name of a header as it is sent, in lower case, from either spelling: Django's `HTTP_X_CSRFTOKEN` and
 * the plain `X-CSRFToken` both give `x-csrftoken`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` if no header can have that name.
 */
export function headerNameOf(name: string): string {
  const plain = name.startsWith("HTTP_") ? name.slice(5).replaceAll("_", "-") : name;
  const lower = plain.toLowerCase();
  if (!HEADER_NAME.test(lower)) {
    throw new ImproperlyConfigured(
      `${
        JSON.stringify(name)
      } is not the name of a header; expected a name such as "X-CSRFToken" or "HTTP_X_CSRFTOKEN"`,
    );
  }
  return lower;
}

/**
 * The facts of a Web `Request`, with the scheme as Django's `HttpRequest.scheme` finds it. Nothing is parsed
 * that is not asked for, and no text of a stranger makes it throw.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` if `secureProxySslHeader` names no possible header.
 */
export function factsOf(
  request: RequestSlice,
  settings: ProxySettings,
): RequestFacts {
  return new WebRequestFacts(request, isSecure(request, settings));
}

function isSecure(request: RequestSlice, settings: ProxySettings): boolean {
  // Anybody can send such a header: it is believed only where the site says that its proxy always sets it.
  if (settings.secureProxySslHeader !== null) {
    const [name, secureValue] = settings.secureProxySslHeader;
    const said = request.headers.get(headerNameOf(name));
    if (said !== null) return said.split(",", 1)[0]?.trim() === secureValue;
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
    // One rule after the other asks for it, and each time Deno would leave JavaScript.
    if (this.#origin === undefined) this.#origin = this.#request.headers.get(name);
    return this.#origin;
  }

  get serverName(): string | undefined {
    return this.#url()?.hostname;
  }

  get serverPort(): string | undefined {
    const url = this.#url();
    // Runtimes build the URL from the Host header, where no port means the default of the scheme the browser
    // used.
    return url === null ? undefined : url.port || (this.secure ? "443" : "80");
  }

  /**
   * The request's URL; null where Bun leaves it relative, which it does without a Host header that it can
   * read.
   */
  #url(): URL | null {
    try {
      return new URL(this.#request.url);
    } catch {
      return null;
    }
  }
}
