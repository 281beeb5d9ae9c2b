/** Refreshing tokens with a refresh or sliding token: `TokenRefreshView` and `TokenRefreshSlidingView`. */

import type { TokenReuse } from "../../jwt/tokens/refresh.ts";
import type { TokenRefusal } from "../../jwt/claims/refusals.ts";
import type { SignedTokens, Token } from "../../jwt/tokens/token.ts";
import { emitRejected } from "../events/rejected.ts";
import type { RequestContext } from "../request/context.ts";
import type { Handler } from "../request/handler.ts";
import { type RefreshRefusal, refusalFor } from "./refresh_rules.ts";
import { emitReuse } from "../login/token_reuse.ts";
import { refreshCookie, sendTokens } from "./refresh_cookie.ts";
import { rejectToken } from "./rejections.ts";
import { createView, type ViewParts } from "./view.ts";

/** Creates the view that answers `{ access }`, with rotation `{ access, refresh }`; `{}` for tokens in cookies. */
export function refreshView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;

  /** Returns the new tokens, or the refusal. */
  async function refreshed(
    text: string,
    context: RequestContext<Row>,
  ): Promise<{ token: Token; signed: SignedTokens } | Response> {
    const verified = await tokens.verifyForRefresh(text);
    if ("code" in verified) return refuse(verified, context);
    const { token } = verified;
    const refused = await refusalFor(token, core, service);
    if (refused !== null) return rejectUser(parts, context, refused);
    const signed = await tokens.refresh(token);
    return "code" in signed ? refuse(signed, context) : { token, signed };
  }

  function refuse(refusal: TokenRefusal | TokenReuse, context: RequestContext<Row>): Response {
    emitReuse(refusal, core, service);
    return rejectToken(parts, context, refusal);
  }

  return createView<Row, "refresh">(answers, ["refresh"], async ({ refresh }, context) => {
    const result = await refreshed(refresh, context);
    return result instanceof Response ? result : answers.ok(result.signed);
  }, async (context) => {
    const text = await refreshCookie(context, service);
    if (text === null) return null;
    const result = await refreshed(text, context);
    // The cookies stay: another tab may have received the next ones in the meantime.
    if (result instanceof Response) return result;
    // The value of an HttpOnly cookie must not be disclosed to a script.
    await sendTokens(context, service, result.signed, result.token);
    return answers.ok({});
  });
}

/** Creates the view that answers `{ token }`: the same one with a later expiry. */
export function refreshSlidingView<Row extends object>(
  parts: ViewParts<Row>,
): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;
  return createView<Row, "token">(answers, ["token"], async ({ token: text }, context) => {
    const verified = await tokens.verify(text, "sliding");
    if ("code" in verified) return rejectToken(parts, context, verified);
    const refused = await refusalFor(verified.token, core, service);
    if (refused !== null) return rejectUser(parts, context, refused);
    const refreshed = await tokens.refreshSliding(verified.token);
    return "code" in refreshed ? rejectToken(parts, context, refreshed) : answers.ok(refreshed);
  });
}

/** Returns the 401 for a token whose user may not have new ones. */
function rejectUser<Row extends object>(
  { core, answers }: ViewParts<Row>,
  context: RequestContext<Row>,
  { code, body }: RefreshRefusal,
): Response {
  emitRejected(core.emit, context.request, code);
  return answers.unauthorized(body);
}
