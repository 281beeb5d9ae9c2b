/** Verifying a token and blacklisting a refresh token: `TokenVerifyView` and `TokenBlacklistView`. */

import { emitRejected } from "../events/rejected.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { Handler } from "../request/handler.ts";
import { internalsOf } from "../request/jwt_store.ts";
import { endAccessTokens } from "../login/token_ends.ts";
import { emitReuse } from "../login/token_reuse.ts";
import { refreshCookie } from "./refresh_cookie.ts";
import { rejectToken } from "./rejections.ts";
import { createView, type ViewParts } from "./view.ts";

/** Creates the view that answers `{}` to a valid token of any type, whatever it may be used for. */
export function verifyView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;
  return createView<Row, "token">(answers, ["token"], async ({ token: text }, context) => {
    const verified = await tokens.verify(text, "untyped");
    if ("code" in verified) return rejectToken(parts, context, verified);
    const isAsked = tokens.settings.blacklistAfterRotation;
    if (isAsked && await tokens.isBlacklisted(verified.token)) {
      emitRejected(core.emit, context.request, "token_revoked");
      return answers.invalid({ non_field_errors: ["Token is blacklisted"] });
    }
    return answers.ok({});
  });
}

/**
 * Creates the view that answers `{}`; without the blacklist app it does nothing, as in simplejwt. Tokens in cookies end
 * as by a logout.
 */
export function blacklistView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { core, service, answers } = parts;
  const { tokens } = service;

  async function blacklisted(text: string, context: RequestContext<Row>): Promise<Response> {
    const ended = await tokens.endRefresh(text);
    emitReuse(ended, core, service);
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
      const { access } = internalsOf(store);
      store.clear();
      const answer = await blacklisted(text, context);
      // This is a way to log out: someone who has copied the cookies keeps neither of them.
      await endAccessTokens(stateOf(context), access, service);
      return answer;
    },
  );
}
