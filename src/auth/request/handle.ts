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

/** Makes the response to an error that is not one of djauth's. */
export type ErrorHandler = (error: unknown) => Response | Promise<Response>;

/** Runs the handler; djauth's errors become problem responses, all others are passed to `onError`, 500 by default. */
export async function handle<Row extends object>(
  core: AuthCore<Row>,
  request: Request,
  handler: Handler<Row>,
  info: RequestInfo,
  onError: ErrorHandler = () => problem(500, "server_error"),
): Promise<Response> {
  const state = new RequestState(core, request);
  let response: Response;
  try {
    if (typeof handler !== "function") {
      throw new TypeError(
        "handle() got no function as its second argument, expected handle(request, handler)",
      );
    }
    response = await handler(request, new RequestContext(state, info));
    if (!(response instanceof Response)) {
      throw new TypeError(`The handler returned ${typeof response}, expected a Response`);
    }
  } catch (error) {
    response = await answer(state, error, "fetch", onError);
  }
  try {
    const finished = finish(state, response);
    return finished instanceof Promise ? await finished : finished;
  } catch (error) {
    const last = await answer(state, error, "finish", onError);
    // This response is not passed to finish() again, and one that cannot be sent ends the process on Deno.
    return last.bodyUsed || last.type === "error" ? problem(500, "server_error") : last;
  }
}

async function answer<Row extends object>(
  { core, request }: RequestState<Row>,
  error: unknown,
  where: "fetch" | "finish",
  onError: ErrorHandler,
): Promise<Response> {
  if (isOutage(error)) core.emit({ type: "auth.unavailable", error });
  const response = errorResponse(error);
  const isRefusal = response?.status === 401 || response?.status === 403;
  // Refused credentials were reported when they were checked.
  if (isRefusal && !(error instanceof AuthenticationError)) {
    emitRejected(core.emit, request, (error as DjauthError).code);
  }
  if (response !== null && response.status !== 500) return response;
  core.emit({ type: "error", where, error });
  return response ?? await onError(error);
}
