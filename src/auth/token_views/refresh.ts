/** New tokens for a refresh token, and for a sliding one: `TokenRefreshView` and `TokenRefreshSlidingView`. */

import type { TokenReuse } from "../../jwt/tokens/refresh.ts";
import type { TokenRefusal } from "../../jwt/claims/refusals.ts";
import type { SignedTokens, Token } from "../../jwt/tokens/token.ts";
import type { RequestContext } from "../request/context.ts";
import type { Handler } from "../request/handler.ts";
import { type RefreshRefusal, refusalFor } from "./refresh_rules.ts";
import { tellReuse } from "../login/token_reuse.ts";
import { refreshCookie, sendTokens } from "./refresh_cookie.ts";
import { rejectToken, tellRejected } from "./rejections.ts";
import { createView, type ViewParts } from "./view.ts";

/** `{ access }`, with rotation `{ access, refresh }`; `{}` where the tokens are in cookies. */
export function refreshView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;

  /** The new tokens, or the refusal. */
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
    tellReuse(refusal, core, service);
    return rejectToken(parts, context, refusal);
  }

  return createView<Row, "refresh">(answers, ["refresh"], async ({ refresh }, context) => {
    const result = await refreshed(refresh, context);
    return result instanceof Response ? result : answers.ok(result.signed);
  }, async (context) => {
    const text = await refreshCookie(context, service);
    if (text === null) return null;
    const result = await refreshed(text, context);
    // The cookies stay: another tab may have been given the next ones meanwhile.
    if (result instanceof Response) return result;
    // A cookie that no script can read must not be told to one.
    await sendTokens(context, service, result.signed, result.token);
    return answers.ok({});
  });
}

/** `{ token }`: the same one with a later end. */
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

/** The 401 for a token whose user gets no new ones. */
function rejectUser<Row extends object>(
  { core, answers }: ViewParts<Row>,
  context: RequestContext<Row>,
  { code, body }: RefreshRefusal,
): Response {
  tellRejected(core, context, code);
  return answers.unauthorized(body);
}
