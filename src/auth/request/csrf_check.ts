/**
 * Applies Django's CSRF rules to one request. The rules themselves are in `origin/csrf.ts`, their callers in `guards/`.
 */

import { CsrfError } from "../../errors.ts";
import { type CsrfFault, csrfFault } from "../../origin/csrf.ts";
import type { TokenService } from "../core/token_service.ts";
import { csrfSecretIn } from "./csrf_state.ts";
import { formOrNull, hasForm, textOf } from "./form_body.ts";
import type { RequestState } from "./request_state.ts";

/** Options of {@link requireCsrf}. */
export interface CsrfCheckOptions {
  /** Whether the request is authenticated by a cookie, whatever else it carries; determined if not given. */
  isAmbient?: boolean;
}

/**
 * Requires the request to pass the CSRF rules.
 *
 * @throws {CsrfError} `csrf_failed` with Django's reason
 * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
 * @throws {DatabaseUnavailable} `database_unavailable` if a session or a token must be looked up
 * @throws {KeysUnavailable} `keys_unavailable` if token keys must be fetched and cannot be
 */
export async function requireCsrf<Row extends object>(
  state: RequestState<Row>,
  { isAmbient = false }: CsrfCheckOptions = {},
): Promise<void> {
  const { jwt } = state.core;
  // A page of another site cannot make a browser send such a header.
  if (!isAmbient && jwt !== null && await restsOnHeader(state, jwt)) return;
  const fault = await faultOf(state);
  if (fault !== null) throw new CsrfError(fault.reason);
}

/** Returns why a request fails the rules, or `null`. */
async function faultOf<Row extends object>(state: RequestState<Row>): Promise<CsrfFault | null> {
  const { origin } = state.core.settings;
  const request = {
    facts: state.facts,
    cookie: (name: string) => state.cookie(name),
    sessionToken: origin.useSessions ? await csrfSecretIn(state.session()) : null,
    formToken: null,
  };
  const fault = csrfFault(request, origin);
  // The form is only read if the request has passed everything else and its header does not settle it: reading costs
  // more than all the rest. A token in the form takes precedence, as in Django: the header may come from a script
  // without a token.
  if (fault?.about === "no_token" || fault?.about === "header_token" && isFormReadable(state)) {
    const token = await formToken(state);
    return token ? csrfFault({ ...request, formToken: token }, origin) : fault;
  }
  if (fault !== null) state.core.hintOrigin(state.facts);
  return fault;
}

/** Returns whether the body is still unread, or was read by us. */
function isFormReadable<Row extends object>({ readForm, request }: RequestState<Row>): boolean {
  return readForm !== undefined || !request.bodyUsed;
}

/** Returns whether a valid token in the header identifies the user; only verified if there is such a header. */
async function restsOnHeader<Row extends object>(
  state: RequestState<Row>,
  { transport }: TokenService<Row>,
): Promise<boolean> {
  if (!state.request.headers.has(transport.headerName)) return false;
  const { user, credential } = await state.identity();
  return user !== null && credential?.kind === "token" && credential.place === "header";
}

/** Returns the token in the form, if the body is one. */
async function formToken<Row extends object>(state: RequestState<Row>): Promise<string | null> {
  const { request } = state;
  if (request.method !== "POST" || !hasForm(request)) return null;
  // A form that cannot be read has no token, and without one the request fails.
  const form = await formOrNull(state.formData());
  return form === null ? null : textOf(form, "csrfmiddlewaretoken") ?? null;
}
