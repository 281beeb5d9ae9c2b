/**
 * Django's CSRF rules, held against one request. The rules themselves are in `origin/csrf.ts`, and which helpers and guards
 * ask for them in `guards/`.
 */

import { CsrfError } from "../../errors.ts";
import { csrfFault, isHeaderFault, TOKEN_MISSING } from "../../origin/csrf.ts";
import type { TokenService } from "../core/token_service.ts";
import { csrfSecretIn } from "./csrf_state.ts";
import { fieldOf, formOrNull, hasForm } from "./form_body.ts";
import type { RequestState } from "./request_state.ts";

/** What a check may be told. */
export interface CsrfCheckOptions {
  /** Whether the request rests on a cookie, whatever else came along; found out if not given. */
  isAmbient?: boolean;
}

/**
 * Refuses a request that fails the CSRF rules.
 *
 * @throws {CsrfError} `csrf_failed` with Django's reason
 * @throws {DjauthError} `body_too_large` for a form beyond 2.5 MB or 1,000 fields
 * @throws {DatabaseUnavailable} `database_unavailable` where a session or a token has to be looked up
 * @throws {KeysUnavailable} `keys_unavailable` where the keys of tokens have to be fetched and cannot be
 */
export async function requireCsrf<Row extends object>(
  state: RequestState<Row>,
  { isAmbient = false }: CsrfCheckOptions = {},
): Promise<void> {
  const { jwt } = state.core;
  // No other site's page can make a browser send such a header.
  if (!isAmbient && jwt !== null && await restsOnHeader(state, jwt)) return;
  const reason = await csrfReason(state);
  if (reason !== null) throw new CsrfError(reason);
}

/** Django's reason why a request fails the rules, or `null`. */
async function csrfReason<Row extends object>(state: RequestState<Row>): Promise<string | null> {
  const { origin } = state.core.settings;
  const request = {
    facts: state.facts,
    cookie: (name: string) => state.cookie(name),
    sessionToken: origin.useSessions ? await csrfSecretIn(state.session()) : null,
    formToken: null,
  };
  const reason = csrfFault(request, origin);
  // A form is only read for a request that has passed everything else, and whose header does not settle it: reading costs more
  // than all the rest. Where it has a token that decides, as in Django: the header may be a script's that knows none.
  if (reason === TOKEN_MISSING || reason !== null && isHeaderFault(reason) && isFormReadable(state)) {
    const token = await formToken(state);
    return token ? csrfFault({ ...request, formToken: token }, origin) : reason;
  }
  if (reason !== null) state.core.hintOrigin(state.facts);
  return reason;
}

/** Whether the handler has left the form to us. */
function isFormReadable<Row extends object>({ readForm, request }: RequestState<Row>): boolean {
  return readForm !== undefined || !request.bodyUsed;
}

/** Whether a good token in the header says who this is: asked only where there is one. */
async function restsOnHeader<Row extends object>(
  state: RequestState<Row>,
  { transport }: TokenService<Row>,
): Promise<boolean> {
  if (!state.request.headers.has(transport.headerName)) return false;
  const { user, credential } = await state.identity();
  return user !== null && credential?.kind === "token" && credential.place === "header";
}

/** The token in the form, if the body is one. */
async function formToken<Row extends object>(state: RequestState<Row>): Promise<string | null> {
  const { request } = state;
  if (request.method !== "POST" || !hasForm(request)) return null;
  // A request passes with a token only; a form that cannot be read has none.
  const form = await formOrNull(state.formData());
  const token = form === null ? null : fieldOf(form, "csrfmiddlewaretoken");
  return typeof token === "string" ? token : null;
}
