/** Refusals of tokens. The views respond in simplejwt's words; `onEvent` is notified as of any other refusal. */

import type { TokenRefusal } from "../../jwt/claims/refusals.ts";
import { emitRejected } from "../events/rejected.ts";
import type { AuthCore } from "../core/core.ts";
import { refusedTokenCode } from "../identity/token_identity.ts";
import type { RequestContext } from "../request/context.ts";
import type { Answers, Detail } from "./answers.ts";

/** The parts of a view that {@link rejectToken} needs. */
export interface RejectionParts<Row extends object> {
  readonly core: Pick<AuthCore<Row>, "emit">;
  readonly answers: Answers;
}

/** Returns the 401 for a refused token. */
export function rejectToken<Row extends object>(
  { core, answers }: RejectionParts<Row>,
  context: RequestContext<Row>,
  refusal: TokenRefusal,
): Response {
  emitRejected(core.emit, context.request, refusedTokenCode(refusal.code));
  return answers.unauthorized(notValid(refusal));
}

/** Returns simplejwt's `InvalidToken`. */
export function notValid({ message }: TokenRefusal): Detail {
  return { detail: message, code: "token_not_valid" };
}
