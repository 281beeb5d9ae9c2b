/**
 * Refusals of tokens. The views answer them themselves, in simplejwt's words; `onEvent` hears of them as of all others.
 */

import type { NotAuthenticatedCode } from "../../error_codes.ts";
import { urlOf } from "../../internal/request_url.ts";
import type { TokenRefusal } from "../../jwt/claims/refusals.ts";
import type { AuthCore } from "../core/core.ts";
import { refusedTokenCode } from "../identity/token_identity.ts";
import type { RequestContext } from "../request/context.ts";
import type { Answers, Detail } from "./answers.ts";

/** What telling of a refusal needs. */
export interface RejectionParts<Row extends object> {
  readonly core: Pick<AuthCore<Row>, "emit">;
  readonly answers: Answers;
}

/** Tells of a refusal. */
export function tellRejected<Row extends object>(
  { emit }: Pick<AuthCore<Row>, "emit">,
  { request }: RequestContext<Row>,
  code: NotAuthenticatedCode | "permission_denied",
): void {
  emit({ type: "auth.rejected", code, path: urlOf(request).pathname });
}

/** The 401 for a token that is refused. */
export function rejectToken<Row extends object>(
  { core, answers }: RejectionParts<Row>,
  context: RequestContext<Row>,
  refusal: TokenRefusal,
): Response {
  tellRejected(core, context, refusedTokenCode(refusal.code));
  return answers.unauthorized(notValid(refusal));
}

/** simplejwt's `InvalidToken`. */
export function notValid({ message }: TokenRefusal): Detail {
  return { detail: message, code: "token_not_valid" };
}
