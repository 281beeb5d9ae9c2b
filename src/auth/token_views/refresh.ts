/** New tokens for a refresh token, and for a sliding one: `TokenRefreshView` and `TokenRefreshSlidingView`. */

import type { TokenReuse } from "../../jwt/refresh.ts";
import type { TokenRefusal } from "../../jwt/refusals.ts";
import type { Handler } from "../guards.ts";
import { type RefreshRefusal, refusalFor, tellReuse } from "../token_refresh.ts";
import type { Answers } from "./answers.ts";
import type { ObtainParts } from "./obtain.ts";
import { createView } from "./view.ts";

/** `{ access }`, with rotation `{ access, refresh }`. */
export function refreshView<Row extends object>(parts: ObtainParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;
  return createView<Row, "refresh">(answers, ["refresh"], async ({ refresh }) => {
    const verified = await tokens.verifyForRefresh(refresh);
    if (!("token" in verified) || "code" in verified) return refuse(verified, parts);
    const refused = await refusalFor(verified.token, core, service);
    if (refused !== null) return answers.unauthorized(refused);
    const refreshed = await tokens.refresh(verified.token);
    return "code" in refreshed ? refuse(refreshed, parts) : answers.ok(refreshed);
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
