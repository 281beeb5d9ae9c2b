/** Whether a token is any good, and the end of a refresh token: `TokenVerifyView` and `TokenBlacklistView`. */

import type { Handler } from "../request/handler.ts";
import type { ObtainParts } from "./obtain.ts";
import { notValid } from "./refresh.ts";
import { dropTokens, refreshCookie } from "./refresh_cookie.ts";
import { createView } from "./view.ts";

/** `{}` for a token of any type. Nothing is said about what it may be used for. */
export function verifyView<Row extends object>({ service, answers }: ObtainParts<Row>): Handler<Row> {
  const { tokens } = service;
  return createView<Row, "token">(answers, ["token"], async ({ token: text }) => {
    const verified = await tokens.verify(text, "untyped");
    if ("code" in verified) return answers.unauthorized(notValid(verified));
    const isAsked = tokens.settings.blacklistAfterRotation;
    if (isAsked && await tokens.isBlacklisted(verified.token)) {
      return answers.invalid({ non_field_errors: ["Token is blacklisted"] });
    }
    return answers.ok({});
  });
}

/** `{}`; without the blacklist app nothing happens, as in simplejwt. Of tokens in cookies, the cookies end. */
export function blacklistView<Row extends object>({ service, answers }: ObtainParts<Row>): Handler<Row> {
  const { tokens } = service;

  async function blacklisted(text: string): Promise<Response> {
    const verified = await tokens.verify(text, "refresh");
    if ("code" in verified) return answers.unauthorized(notValid(verified));
    await tokens.blacklist(verified.token);
    return answers.ok({});
  }

  return createView<Row, "refresh">(
    answers,
    ["refresh"],
    ({ refresh }) => blacklisted(refresh),
    async (context) => {
      const text = await refreshCookie(context, service);
      if (text === null) return null;
      await dropTokens(context);
      return await blacklisted(text);
    },
  );
}
