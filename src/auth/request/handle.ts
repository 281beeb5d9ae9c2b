/** `auth.handle`: one HTTP request from arrival to response. The adapters are built on it. */

import type { DjauthError } from "../../errors.ts";
import { AuthenticationError } from "../../account_errors.ts";
import { emitRejected } from "../events/rejected.ts";
import { isOutage } from "../../internal/outages.ts";
import { RequestContext, type RequestInfo } from "./context.ts";
import type { AuthCore } from "../core/core.ts";
import { finish } from "./finish.ts";
import type { Handler } from "./handler.ts";
import { errorResponse, problem } from "./problem.ts";
import { RequestState } from "./request_state.ts";

/** The statuses of refused requests. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 405]);

/** Makes the response to an error that is not one of djauth's. */
export type ErrorHandler = (error: unknown) => Response | Promise<Response>;

/**
 * Runs the handler; djauth's errors become problem responses, all others are passed to `onError`, 500 by default.
 *
 * Not an async function, which takes a frame and a promise more for each request. With a handler that does not wait,
 * the promise is already fulfilled, and Bun responds in the same turn.
 */
export function handle<Row extends object>(
  core: AuthCore<Row>,
  request: Request,
  handler: Handler<Row>,
  info: RequestInfo,
  onError: ErrorHandler = () => problem(500, "server_error"),
): Promise<Response> {
  const state = new RequestState(core, request);
  const respondToError = (error: unknown): Promise<Response> =>
    errorToResponse(state, error, "fetch", onError).then((response) => send(state, response, onError));
  const respond = (response: Response): Response | Promise<Response> =>
    response instanceof Response ? send(state, response, onError) : respondToError(wrongReturn(response));
  try {
    requireHandler(handler);
    const handled = handler(request, new RequestContext(state, info));
    return handled instanceof Response
      ? Promise.resolve(respond(handled))
      : Promise.resolve(handled).then(respond, respondToError);
  } catch (error) {
    return respondToError(error);
  }
}

/** Finishes a response; synchronously if there is nothing to save, as nearly always. */
function send<Row extends object>(
  state: RequestState<Row>,
  response: Response,
  onError: ErrorHandler,
): Response | Promise<Response> {
  try {
    const finished = finish(state, response);
    return finished instanceof Promise
      ? finished.catch((error) => replaceUnfinished(state, error, onError))
      : finished;
  } catch (error) {
    return replaceUnfinished(state, error, onError);
  }
}

/** Makes the response in place of one that could not be finished. */
async function replaceUnfinished<Row extends object>(
  state: RequestState<Row>,
  error: unknown,
  onError: ErrorHandler,
): Promise<Response> {
  const last = await errorToResponse(state, error, "finish", onError);
  // This response is not passed to finish() again, and one that cannot be sent ends the process on Deno.
  return last.bodyUsed || last.type === "error" ? problem(500, "server_error") : last;
}

async function errorToResponse<Row extends object>(
  { core, request }: RequestState<Row>,
  error: unknown,
  where: "fetch" | "finish",
  onError: ErrorHandler,
): Promise<Response> {
  if (isOutage(error)) core.emit({ type: "auth.unavailable", error });
  const response = errorResponse(error);
  const isRefusal = response !== null && REFUSALS.has(response.status);
  // Refused credentials were reported when they were checked.
  if (isRefusal && !(error instanceof AuthenticationError)) {
    emitRejected(core.emit, request, (error as DjauthError).code);
  }
  if (response !== null && response.status !== 500) return response;
  core.emit({ type: "error", where, error });
  return response ?? await onError(error);
}

function requireHandler(handler: unknown): void {
  if (typeof handler === "function") return;
  throw new TypeError("handle() got no function as its second argument, expected handle(request, handler)");
}

function wrongReturn(given: unknown): TypeError {
  return new TypeError(`The handler returned ${typeof given}, expected a Response`);
}
