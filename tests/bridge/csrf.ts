/** The bridge's operations `csrf.*`. */

import { csrfFault } from "../../src/origin/csrf.ts";
import { isOriginVerified, refererFault } from "../../src/origin/csrf_origin.ts";
import {
  doesTokenMatch,
  maskSecret,
  newCsrfSecret,
  tokenFormatFault,
  unmaskToken,
} from "../../src/origin/csrf_token.ts";
import { SYSTEM_RANDOM } from "../../src/internal/random.ts";
import { type Operations, Refusal, type RefusalCode } from "./protocol.ts";
import { describedRequest, describedSettings, type RequestArguments } from "./requests.ts";

/** Operations by their names in the protocol. */
export const operations: Operations = {
  "csrf.new_secret": () => newCsrfSecret(SYSTEM_RANDOM),
  "csrf.mask": ({ secret }: { secret: string }) => maskSecret(secret, SYSTEM_RANDOM),
  "csrf.unmask": ({ token }: { token: string }) => unmaskToken(token),
  "csrf.check_token_format": ({ token }: { token: string }) =>
    refuse("invalid_token_format", tokenFormatFault(token)),
  "csrf.does_token_match": ({ token, secret }: { token: string; secret: string }) =>
    doesTokenMatch(token, secret),
  "csrf.check": (args: RequestArguments) =>
    csrfFault(describedRequest(args), describedSettings(args))?.reason ?? null,
  "csrf.origin_verified": (args: RequestArguments) =>
    isOriginVerified(describedRequest(args).facts, describedSettings(args)),
  "csrf.check_referer": (args: RequestArguments) =>
    refuse("reject_request", refererFault(describedRequest(args).facts, describedSettings(args))),
};

/** Turns a failure reason into an error of the protocol with that message. */
function refuse(code: RefusalCode, reason: string | null): null {
  if (reason !== null) throw new Refusal(code, reason);
  return null;
}
