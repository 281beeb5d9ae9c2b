/**
 * Django identity for Bun and Deno servers: a user who is logged in to a Django site is logged in here, over HTTP and
 * over WebSockets. Start with {@link djangoAuth}, and with `attach` of the adapter for your runtime.
 *
 * @module
 */

export { DjangoAuth, djangoAuth, type LoginOptions } from "./src/django_auth.ts";
export { RequestContext, type RequestInfo } from "./src/auth/context.ts";
export type { Credentials } from "./src/auth/authenticate.ts";
export type { NewUser } from "./src/auth/accounts.ts";
export type { CsrfChoice } from "./src/auth/csrf_guard.ts";
export type { AuthEvent, EventListener, RefusalCode } from "./src/auth/events.ts";
export type { GuardOptions, Handler, UserHandler } from "./src/auth/guards.ts";
export type { ErrorHandler } from "./src/auth/handle.ts";
export { errorResponse } from "./src/auth/problem.ts";
export type {
  CookieOptions,
  CsrfOptions,
  DjangoAuthOptions,
  PasswordOptions,
  SessionOptions,
  SocketOriginOptions,
} from "./src/auth/options.ts";
export * from "./src/errors.ts";
export type * from "./src/types.ts";
