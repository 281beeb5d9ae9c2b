/**
 * Reads the body of a request like Django REST framework's parsers: JSON or a form. Its fields are validated in
 * `fields.ts`.
 */

import { DjauthError } from "../../errors.ts";
import { readBounded } from "../../internal/bounded_body.ts";
import { fromUtf8 } from "../../internal/bytes.ts";
import { parsePythonJson, scanPythonJson, scanPythonObject } from "../../internal/python/json.ts";
import { declaresMoreThan, mediaTypeOf } from "../request/body_headers.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import { fieldOf, formOrNull, hasForm } from "../request/form_body.ts";

/** A field of a body: a string, or the JSON of any other value. */
export type RequestField =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly json: string }
  | { readonly kind: "file" }
  | undefined;

/** Returns the field of a body by name. */
export type RequestData = (name: string) => RequestField;

/** The refusal of a body, in REST framework's words. */
export interface BodyRefusal {
  readonly status: 400 | 413 | 415;
  /** A sentence; goes under `non_field_errors` if the body is JSON but not an object. */
  readonly detail: string;
  readonly isField: boolean;
}

/** More than credentials or a token ever need: the longest accepted token has 16 KiB. */
const BODY_LIMIT_BYTES = 65_536;

/** Python's parser accepts NaN and the infinities, REST framework refuses them. */
const STRICT = { isStrict: true } as const;

const NOTHING: RequestData = () => undefined;

/** Reads the body; never throws because of its content. */
export async function readRequestData<Row extends object>(
  context: RequestContext<Row>,
): Promise<RequestData | BodyRefusal> {
  const { request } = context;
  if (declaresMoreThan(request, BODY_LIMIT_BYTES)) return tooLarge();
  if (hasForm(request)) return await readFormData(context);
  const body = await readBounded(request.body, BODY_LIMIT_BYTES);
  if (body === "too_large") return tooLarge();
  // Before the media type is checked, as in REST framework.
  if (body === "broken_off" || body.length === 0) return NOTHING;
  if (mediaTypeOf(request) !== "application/json") {
    const type = request.headers.get("content-type") ?? "";
    return refusal(415, `Unsupported media type "${type}" in request.`);
  }
  return readJson(body);
}

async function readFormData<Row extends object>(
  context: RequestContext<Row>,
): Promise<RequestData | BodyRefusal> {
  try {
    // Through the context, which keeps it: the CSRF token may be in it as well.
    const form = await formOrNull(stateOf(context).formData(BODY_LIMIT_BYTES));
    // Django parses as much as it can of a malformed one.
    if (form === null) return NOTHING;
    return (name) => {
      const value = fieldOf(form, name);
      if (value === undefined) return undefined;
      return typeof value === "string" ? { kind: "text", text: value } : { kind: "file" };
    };
  } catch (error) {
    if (error instanceof DjauthError && error.code === "body_too_large") return tooLarge();
    throw error;
  }
}

function readJson(body: Uint8Array): RequestData | BodyRefusal {
  const text = fromUtf8(body);
  // A byte order mark is not JSON for Python.
  if (text === null || body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) return notJson();
  const members = scanPythonObject(text, STRICT);
  if (members === null) return notObject(text);
  return (name) => {
    const json = members.get(name);
    if (json === undefined) return undefined;
    return json.startsWith('"')
      ? { kind: "text", text: parsePythonJson(json) as string }
      : { kind: "json", json };
  };
}

/** Refuses JSON that is not an object. REST framework names the value's type in Python. */
function notObject(text: string): BodyRefusal {
  // Not parsed: an untrusted body may contain tens of thousands of nested containers.
  const json = scanPythonJson(text, STRICT);
  if (json === null) return notJson();
  if (json === "null") return { status: 400, detail: "No data provided", isField: true };
  return {
    status: 400,
    detail: `Invalid data. Expected a dictionary, but got ${pythonTypeOf(json)}.`,
    isField: true,
  };
}

function pythonTypeOf(json: string): "list" | "str" | "bool" | "float" | "int" {
  switch (json[0]) {
    case "[":
      return "list";
    case '"':
      return "str";
    case "t":
    case "f":
      return "bool";
    default:
      return /[.eE]/.test(json) ? "float" : "int";
  }
}

function notJson(): BodyRefusal {
  // Without the position that Python's parser reports: the response must not describe the input.
  return refusal(400, "JSON parse error - the body is not JSON");
}

function tooLarge(): BodyRefusal {
  return refusal(413, `Request body is larger than ${BODY_LIMIT_BYTES} bytes.`);
}

function refusal(status: BodyRefusal["status"], detail: string): BodyRefusal {
  return { status, detail, isField: false };
}
