/** The CSRF check that stands before everything which changes a login. */

import { isSafeMethod } from "../../origin/csrf.ts";
import { requireCsrf } from "../request/csrf_check.ts";
import type { RequestState } from "../request/request_state.ts";

/** Whether a helper holds the request against Django's CSRF rules. */
export interface CsrfChoice {
  /** `false` skips the check, for requests that are protected otherwise, as the way back from OAuth with its `state`. */
  csrf?: boolean;
}

/**
 * Django's CSRF rules for a helper that changes a login.
 *
 * @throws {CsrfError} `csrf_failed` with Django's reason
 * @throws {TypeError} for a method that must not change anything, and that the rules therefore let pass unchecked
 */
export async function guardCsrf<Row extends object>(
  state: RequestState<Row>,
  helper: string,
  choice: CsrfChoice,
): Promise<void> {
  if (choice.csrf === false) return;
  const { method } = state.request;
  // Any page can make a browser send a GET here: logging in or out must take more than that.
  if (isSafeMethod(method)) {
    throw new TypeError(
      `${helper}() was called for a ${method} request, which the CSRF rules let pass: use POST, or { csrf: false } ` +
        "where the request is protected otherwise",
    );
  }
  await requireCsrf(state);
}
