/** Whether a token is any good, and the end of a refresh token: `TokenVerifyView` and `TokenBlacklistView`. */

import type { RequestContext } from "../request/context.ts";
import type { Handler } from "../request/handler.ts";
import { insideOf } from "../request/jwt_store.ts";
import { endAccess } from "../login/token_ends.ts";
import { tellReuse } from "../login/token_reuse.ts";
import { refreshCookie } from "./refresh_cookie.ts";
import { rejectToken, tellRejected } from "./rejections.ts";
import { createView, type ViewParts } from "./view.ts";

/** `{}` for a token of any type. Nothing is said about what it may be used for. */
export function verifyView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;
  return createView<Row, "token">(answers, ["token"], async ({ token: text }, context) => {
    const verified = await tokens.verify(text, "untyped");
    if ("code" in verified) return rejectToken(parts, context, verified);
    const isAsked = tokens.settings.blacklistAfterRotation;
    if (isAsked && await tokens.isBlacklisted(verified.token)) {
      tellRejected(core, context, "token_revoked");
      return answers.invalid({ non_field_errors: ["Token is blacklisted"] });
    }
    return answers.ok({});
  });
}

/** `{}`; without the blacklist app nothing happens, as in simplejwt. Tokens in cookies end as by a logout. */
export function blacklistView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;

  async function blacklisted(text: string, context: RequestContext<Row>): Promise<Response> {
    const ended = await tokens.endRefresh(text);
    tellReuse(ended, core, service);
    if ("code" in ended) return rejectToken(parts, context, ended);
    if (tokens.settings.blacklist !== false && !await tokens.isBlacklistInstalled()) {
      core.hints.blacklistMissing("a client has asked to blacklist its token");
    }
    return answers.ok({});
  }

  return createView<Row, "refresh">(
    answers,
    ["refresh"],
    ({ refresh }, context) => blacklisted(refresh, context),
    async (context) => {
      const text = await refreshCookie(context, service);
      if (text === null) return null;
      const store = await context.jwt();
      const { access } = insideOf(store);
      store.clear();
      const answer = await blacklisted(text, context);
      // It is a way to log out: whoever has copied the cookies keeps neither of them.
      await endAccess(access, service);
      return answer;
    },
  );
}
