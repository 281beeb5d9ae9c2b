/**
 * Django's decision about a request that changes something: may it rest on a cookie? Mirrors
 * `CsrfViewMiddleware`. Setting and rotating the cookie is not done here.
 */

import { titleCase } from "../internal/python/title.ts";
import { isOriginVerified, refererFault, type RefererSettings } from "./csrf_origin.ts";
import { doesTokenMatch, secretOf, tokenFormatFault } from "./csrf_token.ts";
import { headerNameOf, type RequestFacts } from "./request_facts.ts";

/** The settings of the check, under Django's names without `CSRF_`. */
export interface CsrfSettings extends RefererSettings {
  /** Django's `CSRF_COOKIE_NAME`. */
  readonly cookieName: string;
  /** Django's `CSRF_HEADER_NAME`: `HTTP_X_CSRFTOKEN` or, the same, `X-CSRFToken`. */
  readonly headerName: string;
}

/** Where the secret of a request may stand. */
export interface CsrfSecretSource {
  /** The value of a cookie, as Django's cookie parser reads it. */
  cookie(name: string): string | undefined;
  /** The value of `_csrftoken` in the session; asked for with `useSessions` only. */
  readonly sessionToken: string | null;
}

/** A request that is to be checked. */
export interface CsrfRequest extends CsrfSecretSource {
  /** The request itself. */
  readonly facts: RequestFacts;
  /** The form field `csrfmiddlewaretoken`; asked for with POST only. */
  readonly formToken: string | null;
}

/** Django's reason where all else is right and neither form nor header has a token. */
export const TOKEN_MISSING = "CSRF token missing.";
/** How Django begins where the token in the header is wrong. */
const TOKEN_FROM_HEADER = "CSRF token from the '";

/** Whether a reason of Django's is about the token in the header. */
export function isHeaderFault(reason: string): boolean {
  return reason.startsWith(TOKEN_FROM_HEADER);
}

/** The methods that change nothing by RFC 9110. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Whether a method changes nothing, so that no token is asked for. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * The secret that a request has, unmasked, or null if it has none or a malformed one: then a new one is to be
 * made. Mirrors `CsrfViewMiddleware.process_request`.
 */
export function readCsrfSecret(source: CsrfSecretSource, settings: CsrfSettings): string | null {
  return secretOf(storedToken(source, settings) ?? "");
}

/**
 * Django's reason to refuse a request, or null if it may pass. Mirrors `CsrfViewMiddleware.process_view`.
 *
 * @throws {ImproperlyConfigured} `improperly_configured` if `headerName` names no possible header.
 */
export function csrfFault(request: CsrfRequest, settings: CsrfSettings): string | null {
  const { facts } = request;
  if (isSafeMethod(facts.method)) return null;
  const origin = facts.header("origin");
  if (origin !== null) {
    if (!isOriginVerified(facts, settings)) {
      return `Origin checking failed - ${origin} does not match any trusted origins.`;
    }
  } else if (facts.secure) {
    // Over HTTPS a token alone is not enough: an attacker on the way may have set the cookie over plain HTTP.
    const reason = refererFault(facts, settings);
    if (reason !== null) return reason;
  }
  return tokenFault(request, settings);
}

function tokenFault(request: CsrfRequest, settings: CsrfSettings): string | null {
  const stored = storedToken(request, settings);
  if (stored === null) return "CSRF cookie not set.";
  // Django looks at the form of a cookie's secret, not at that of the session's.
  const wrong = settings.useSessions ? null : tokenFormatFault(stored);
  if (wrong !== null) return `CSRF cookie ${wrong}.`;

  const form = request.facts.method === "POST" ? request.formToken : null;
  const headerName = headerNameOf(settings.headerName);
  const token = form || request.facts.header(headerName);
  if (token === null) return TOKEN_MISSING;
  const reason = tokenFormatFault(token) ?? (doesTokenMatch(token, stored) ? null : "incorrect");
  if (reason === null) return null;
  return form
    ? `CSRF token from POST ${reason}.`
    : `${TOKEN_FROM_HEADER}${titleCase(headerName)}' HTTP header ${reason}.`;
}

function storedToken(source: CsrfSecretSource, settings: CsrfSettings): string | null {
  return settings.useSessions ? source.sessionToken : source.cookie(settings.cookieName) ?? null;
}
