/**
 * Django's CSRF check: whether a state-changing request may be authenticated by a cookie. Mirrors `CsrfViewMiddleware`.
 * The cookie is set and rotated elsewhere.
 */

import { titleCase } from "../internal/python/title.ts";
import { isOriginVerified, refererFault, type RefererSettings } from "./csrf_origin.ts";
import { doesTokenMatch, secretOf, tokenFormatFault } from "./csrf_token.ts";
import { headerNameOf, type RequestFacts } from "./request_facts.ts";

/** The settings of the check, under Django's names without `CSRF_`. */
export interface CsrfSettings extends RefererSettings {
  /** Django's `CSRF_COOKIE_NAME`. */
  readonly cookieName: string;
  /** Django's `CSRF_HEADER_NAME`: `HTTP_X_CSRFTOKEN` or, equivalently, `X-CSRFToken`. */
  readonly headerName: string;
}

/** The places where the secret of a request may be. */
export interface CsrfSecretSource {
  /** Returns the value of a cookie, as Django's cookie parser reads it. */
  cookie(name: string): string | undefined;
  /** The value of `_csrftoken` in the session; read with `useSessions` only. */
  readonly sessionToken: string | null;
}

/** A request to be checked. */
export interface CsrfRequest extends CsrfSecretSource {
  /** The request itself. */
  readonly facts: RequestFacts;
  /** The form field `csrfmiddlewaretoken`; read with POST only. */
  readonly formToken: string | null;
}

/** Why a request is refused. */
export interface CsrfFault {
  /** Django's reason, in its words. */
  readonly reason: string;
  /**
   * What is wrong: that neither form nor header has a token, the token that one of them has, or anything else about the
   * request.
   */
  readonly about: "request" | "no_token" | "form_token" | "header_token";
}

/** The safe methods of RFC 9110. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Returns whether a method is safe, so that no token is required. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Returns the unmasked secret of a request, or `null` if it has none or a malformed one, and needs a new one. Mirrors
 * `CsrfViewMiddleware.process_request`.
 */
export function readCsrfSecret(source: CsrfSecretSource, settings: CsrfSettings): string | null {
  return secretOf(storedToken(source, settings) ?? "");
}

/**
 * Returns why a request is refused, or `null` if it may pass. Mirrors `CsrfViewMiddleware.process_view`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` if `headerName` is not a valid header name
 */
export function csrfFault(request: CsrfRequest, settings: CsrfSettings): CsrfFault | null {
  if (isSafeMethod(request.facts.method)) return null;
  const reason = pageFault(request.facts, settings);
  return reason === null ? tokenFault(request, settings) : { reason, about: "request" };
}

/** Returns Django's reason to refuse the page that the request comes from. */
function pageFault(facts: RequestFacts, settings: CsrfSettings): string | null {
  const origin = facts.header("origin");
  if (origin !== null) {
    return isOriginVerified(facts, settings)
      ? null
      : `Origin checking failed - ${origin} does not match any trusted origins.`;
  }
  // Over HTTPS a token alone is not enough: an attacker on the network may have set the cookie over plain HTTP.
  return facts.secure ? refererFault(facts, settings) : null;
}

function tokenFault(request: CsrfRequest, settings: CsrfSettings): CsrfFault | null {
  const stored = storedToken(request, settings);
  if (stored === null) return { reason: "CSRF cookie not set.", about: "request" };
  // Django checks the format of the secret in a cookie, not of that in the session.
  const wrong = settings.useSessions ? null : tokenFormatFault(stored);
  if (wrong !== null) return { reason: `CSRF cookie ${wrong}.`, about: "request" };

  const form = request.facts.method === "POST" ? request.formToken : null;
  const headerName = headerNameOf(settings.headerName);
  const token = form || request.facts.header(headerName);
  if (token === null) return { reason: "CSRF token missing.", about: "no_token" };
  const reason = tokenFormatFault(token) ?? (doesTokenMatch(token, stored) ? null : "incorrect");
  if (reason === null) return null;
  if (form) return { reason: `CSRF token from POST ${reason}.`, about: "form_token" };
  const name = titleCase(headerName);
  return { reason: `CSRF token from the '${name}' HTTP header ${reason}.`, about: "header_token" };
}

function storedToken(source: CsrfSecretSource, settings: CsrfSettings): string | null {
  return settings.useSessions ? source.sessionToken : source.cookie(settings.cookieName) ?? null;
}
