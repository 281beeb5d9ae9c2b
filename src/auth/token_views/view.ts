/** The common part of simplejwt's views: the method, the body, its fields. Mirrors `TokenViewBase`. */

import { isObject, kindOf } from "../../internal/option_checks.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import type { AuthCore } from "../core/core.ts";
import type { TokenService } from "../core/token_service.ts";
import type { Handler } from "../request/handler.ts";
import type { Answers } from "./answers.ts";
import { readFields } from "./fields.ts";
import { readRequestData } from "./request_data.ts";

/** The dependencies of every view. */
export interface ViewParts<Row extends object> {
  readonly core: AuthCore<Row>;
  readonly service: TokenService<Row>;
  readonly answers: Answers;
}

/** Handles the values of a view's fields. */
export type ViewWork<Row extends object, Name extends string> = (
  texts: Readonly<Record<Name, string>>,
  context: RequestContext<Row>,
) => Promise<Response>;

/** Handles a body without any of the fields; `null` to refuse the body after all. */
export type ViewFallback<Row extends object> = (context: RequestContext<Row>) => Promise<Response | null>;

/**
 * Requires a request and its context: a view called by hand may get one argument, or the wrong one.
 *
 * @throws {TypeError}
 */
export function requireRequest<Row extends object>(request: unknown, context: RequestContext<Row>): void {
  stateOf(context);
  if (isObject(request) && typeof request.method === "string" && typeof request.url === "string") return;
  throw new TypeError(`The request is ${kindOf(request)}, expected the handler's request`);
}

/** Creates a view: a handler of POST requests with JSON or a form in the body. */
export function createView<Row extends object, Name extends string>(
  answers: Answers,
  fields: readonly Name[],
  work: ViewWork<Row, Name>,
  fallback: ViewFallback<Row> = () => Promise.resolve(null),
): Handler<Row> {
  return async (request, context) => {
    requireRequest(request, context);
    const { method } = request;
    if (method === "OPTIONS") return answers.ok({});
    if (method !== "POST") return answers.refused(405, `Method "${method}" not allowed.`);
    const data = await readRequestData(context);
    if (typeof data === "object") {
      const { status, detail, isField } = data;
      return isField ? answers.invalid({ non_field_errors: [detail] }) : answers.refused(status, detail);
    }
    const instead = fields.some((name) => data(name) !== undefined) ? null : await fallback(context);
    if (instead !== null) return instead;
    const read = readFields(data, fields);
    return "errors" in read ? answers.invalid(read.errors) : await work(read.texts, context);
  };
}
