/** Issuing tokens for a username and password: `TokenObtainPairView` and `TokenObtainSlidingView`. */

import { AuthenticationError } from "../../account_errors.ts";
import type { User } from "../../users/user.ts";
import { authenticate, refusedCredentials } from "../login/authenticate.ts";
import { rereadUser } from "../login/reread_user.ts";
import type { AuthCore } from "../core/core.ts";
import type { Handler } from "../request/handler.ts";
import { mayHaveTokens, noteTokenLogin } from "../login/token_login.ts";
import { emitRejected } from "../events/rejected.ts";
import { createView, type ViewParts } from "./view.ts";

/** One refusal for an unknown user, a wrong password and an inactive account. */
const NO_ACCOUNT = { detail: "No active account found with the given credentials" };

/** Creates the view that answers `{ refresh, access }`. */
export function obtainPairView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { tokens } = parts.service;
  return obtainView(parts, async (user) => {
    const refresh = await tokens.forUser("refresh", user);
    return { refresh: await tokens.sign(refresh), access: await tokens.sign(tokens.accessFrom(refresh)) };
  });
}

/** Creates the view that answers `{ token }`. */
export function obtainSlidingView<Row extends object>(parts: ViewParts<Row>): Handler<Row> {
  const { tokens } = parts.service;
  return obtainView(
    parts,
    async (user) => ({ token: await tokens.sign(await tokens.forUser("sliding", user)) }),
  );
}

function obtainView<Row extends object>(
  { core, service, answers }: ViewParts<Row>,
  make: (user: User<Row>) => Promise<object>,
): Handler<Row> {
  const { usernameField } = core.table;
  return createView<Row, string>(answers, [usernameField, "password"], async (texts, context) => {
    const username = { [usernameField]: texts[usernameField] };
    const user = await authenticated(core, { ...username, password: texts["password"] });
    if (user === null || !await mayHaveTokens(service, user)) {
      // A wrong password was already reported.
      if (user !== null) emitRejected(core.emit, context.request, "permission_denied");
      await service.tokens.settings.onLoginFailed?.(username, context.request);
      return answers.unauthorized(NO_ACCOUNT);
    }
    const made = await make(user);
    await noteTokenLogin(core, service, user, context.request);
    return answers.ok(made);
  });
}

/** Returns the user as of after the password check; `null` if the password is not, or no longer, the right one. */
async function authenticated<Row extends object>(
  core: AuthCore<Row>,
  credentials: { readonly password: unknown; readonly [field: string]: unknown },
): Promise<User<Row> | null> {
  try {
    const current = await rereadUser(core, await authenticate(core, credentials));
    if (current !== null) return current;
    // Another login may have rehashed the same password in the meantime.
    const again = await rereadUser(core, await authenticate(core, credentials));
    if (again === null) throw refusedCredentials(core, "wrong_password", "The password has changed again");
    return again;
  } catch (error) {
    if (error instanceof AuthenticationError) return null;
    throw error;
  }
}
