/** The CSRF check in front of every helper that changes a login. */

import { isSafeMethod } from "../../origin/csrf.ts";
import { requireCsrf } from "../request/csrf_check.ts";
import { methodNotAllowed } from "../request/problem.ts";
import type { RequestState } from "../request/request_state.ts";

/** Whether a helper checks the request against Django's CSRF rules. */
export interface CsrfChoice {
  /** `false` skips the check, for requests protected by other means, such as an OAuth callback with its `state`. */
  csrf?: boolean;
}

/**
 * Applies Django's CSRF rules to a helper that changes a login, whose name is for a hint.
 *
 * @throws {CsrfError} `csrf_failed` with Django's reason
 * @throws {DjauthError} `method_not_allowed` for a safe method (GET, HEAD, OPTIONS, TRACE), which the rules exempt
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
    state.core.hints.safeMethod(helper, method);
    throw methodNotAllowed(method);
  }
  await requireCsrf(state);
}
