/** New tokens for a refresh token, and for a sliding one: `TokenRefreshView` and `TokenRefreshSlidingView`. */

import type { RefreshedTokens, TokenReuse } from "../../jwt/tokens/refresh.ts";
import type { TokenRefusal } from "../../jwt/claims/refusals.ts";
import type { Token } from "../../jwt/tokens/token.ts";
import type { Handler } from "../request/handler.ts";
import { type RefreshRefusal, refusalFor, tellReuse } from "./refresh_rules.ts";
import type { Answers } from "./answers.ts";
import type { ObtainParts } from "./obtain.ts";
import { refreshCookie, sendTokens } from "./refresh_cookie.ts";
import { createView } from "./view.ts";

/** `{ access }`, with rotation `{ access, refresh }`; `{}` where the tokens are in cookies. */
export function refreshView<Row extends object>(parts: ObtainParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;

  /** The new tokens, or the refusal. */
  async function refreshed(text: string): Promise<{ token: Token; signed: RefreshedTokens } | Response> {
    const verified = await tokens.verifyForRefresh(text);
    if ("code" in verified) return refuse(verified, parts);
    const { token } = verified;
    const refused = await refusalFor(token, core, service);
    if (refused !== null) return answers.unauthorized(refused);
    const signed = await tokens.refresh(token);
    return "code" in signed ? refuse(signed, parts) : { token, signed };
  }

  return createView<Row, "refresh">(answers, ["refresh"], async ({ refresh }) => {
    const result = await refreshed(refresh);
    return result instanceof Response ? result : answers.ok(result.signed);
  }, async (context) => {
    const text = await refreshCookie(context, service);
    if (text === null) return null;
    const result = await refreshed(text);
    // The cookies stay: another tab may have been given the next ones meanwhile.
    if (result instanceof Response) return result;
    // A cookie that no script can read must not be told to one.
    await sendTokens(context, service, result.signed, result.token);
    return answers.ok({});
  });
}

/** `{ token }`: the same one with a later end. */
export function refreshSlidingView<Row extends object>(
  { core, service, answers }: ObtainParts<Row>,
): Handler<Row> {
  const { tokens } = service;
  return createView<Row, "token">(answers, ["token"], async ({ token: text }) => {
    const verified = await tokens.verify(text, "sliding");
    if ("code" in verified) return answers.unauthorized(notValid(verified));
    const refused = await refusalFor(verified.token, core, service);
    if (refused !== null) return answers.unauthorized(refused);
    const refreshed = await tokens.refreshSliding(verified.token);
    return "code" in refreshed ? answers.unauthorized(notValid(refreshed)) : answers.ok(refreshed);
  });
}

function refuse<Row extends object>(
  refusal: TokenRefusal | TokenReuse,
  { core, service, answers }: {
    core: ObtainParts<Row>["core"];
    service: ObtainParts<Row>["service"];
    answers: Answers;
  },
): Response {
  tellReuse(refusal, core, service);
  return answers.unauthorized(notValid(refusal));
}

/** simplejwt's `InvalidToken`. */
export function notValid({ message }: TokenRefusal): RefreshRefusal {
  return { detail: message, code: "token_not_valid" };
}
