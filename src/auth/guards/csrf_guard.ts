/** The CSRF check in front of every helper that changes a login. */

import { isSafeMethod } from "../../origin/csrf.ts";
import { requireCsrf } from "../request/csrf_check.ts";
import type { RequestState } from "../request/request_state.ts";

/** Whether a helper checks the request against Django's CSRF rules. */
export interface CsrfChoice {
  /** `false` skips the check, for requests protected by other means, such as an OAuth callback with its `state`. */
  csrf?: boolean;
}

/**
 * Applies Django's CSRF rules to a helper that changes a login.
 *
 * @throws {CsrfError} `csrf_failed` with Django's reason
 * @throws {TypeError} for a safe method, which the rules exempt from the check
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
      `${helper}() was called for a ${method} request, which the CSRF rules do not check: use POST, or ` +
        "{ csrf: false } if the request is protected by other means",
    );
  }
  await requireCsrf(state);
}
