/** The way back after a login, which never leaves this site. */

import { namesOf } from "../../internal/names_of.ts";
import { kindOf, requireMethodOptions, requireName } from "../../internal/option_checks.ts";
import { urlOf } from "../../internal/request_url.ts";
import { verifyHost } from "../../origin/host.ts";
import { iriToUri, urlHasAllowedHostAndScheme } from "../../origin/safe_url.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import { fieldOf, formOrNull, hasForm, textOf } from "../request/form_body.ts";

/** Options of `safeNext()`. */
export interface SafeNextOptions {
  /** The query parameter or form field that holds the way back, `next` by default. Django's `redirect_field_name`. */
  redirectFieldName?: string;
}

const OPTIONS = namesOf<SafeNextOptions>({ redirectFieldName: true });

/**
 * Returns the URL in `?next=` (or the form field) if it stays on this site, else `fallback`. Django's
 * `RedirectURLMixin.get_success_url`. Reads the form if that has not happened yet; a malformed one counts as none.
 *
 * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
 * @throws {TypeError} without a fallback, and for an unknown option
 * @throws {ImproperlyConfigured} `improperly_configured` for a `redirectFieldName` that is no name
 */
export async function safeNext<Row extends object>(
  context: RequestContext<Row>,
  fallback: string,
  options: SafeNextOptions = {},
): Promise<string> {
  const { facts, core } = stateOf(context);
  if (typeof fallback !== "string") {
    throw new TypeError(`safeNext() got ${kindOf(fallback)} as its fallback, expected a URL such as "/"`);
  }
  requireMethodOptions("safeNext()", options, OPTIONS);
  requireName("redirectFieldName", options.redirectFieldName);
  const { redirectFieldName = "next" } = options;
  const fields = urlOf(context.request).searchParams;
  const next = await fieldOfForm(context, redirectFieldName) ?? fieldOf(fields, redirectFieldName) ?? null;
  const host = verifyHost(facts, core.settings.origin);
  // Never to another site: a link to our login page must not end on a page of somebody else's.
  const isSafe = next !== null && urlHasAllowedHostAndScheme(next, host === null ? [] : [host], facts.secure);
  return isSafe ? iriToUri(next) : fallback;
}

async function fieldOfForm<Row extends object>(
  context: RequestContext<Row>,
  name: string,
): Promise<string | null> {
  const state = stateOf(context);
  const { request } = context;
  // Read here if it was not yet: the result must not depend on whether login() was called before.
  const asked = state.readForm ?? (hasForm(request) && !request.bodyUsed ? state.formData() : null);
  const form = asked === null ? null : await formOrNull(asked);
  return form === null ? null : textOf(form, name) ?? null;
}
