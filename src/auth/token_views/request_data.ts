/**
 * The body of a request as Django REST framework's parsers read it: JSON or a form. What its fields must be is decided in
 * `fields.ts`.
 */

import { DjauthError } from "../../errors.ts";
import { readBounded } from "../../internal/bounded_body.ts";
import { fromUtf8 } from "../../internal/bytes.ts";
import { parsePythonJson, scanPythonObject } from "../../internal/python/json.ts";
import { pythonStrip } from "../../internal/python/strip.ts";
import { type RequestContext, stateOf } from "../request/context.ts";
import { fieldOf, formOrNull, hasForm } from "../request/form_body.ts";

/** A field of a body: its text, or the JSON of what is not text. */
export type RequestField =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "json"; readonly json: string }
  | { readonly kind: "file" }
  | undefined;

/** What a body holds. */
export type RequestData = (name: string) => RequestField;

/** A body that is refused, with REST framework's words. */
export interface BodyRefusal {
  readonly status: 400 | 413 | 415;
  /** In one sentence, or under `non_field_errors` where it is JSON but no object. */
  readonly detail: string;
  readonly isField: boolean;
}

/** Beyond this there are neither credentials nor a token: the longest token that is read has 16 KiB. */
const BODY_LIMIT = 65_536;

/** Python's parser takes NaN and the infinities, and REST framework refuses them. */
const STRICT = { isStrict: true } as const;

const NOTHING: RequestData = () => undefined;

/** Reads the body; never throws because of it. */
export async function readRequestData<Row extends object>(
  context: RequestContext<Row>,
): Promise<RequestData | BodyRefusal> {
  const { request } = context;
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT) return tooLarge();
  if (hasForm(request)) return await readFormData(context);
  const body = await readBounded(request.body, BODY_LIMIT);
  if (body === "too_large") return tooLarge();
  // Before the type is looked at, as in REST framework.
  if (body === "broken_off" || body.length === 0) return NOTHING;
  const type = request.headers.get("content-type") ?? "";
  if (type.split(";", 1)[0]!.trim().toLowerCase() !== "application/json") {
    return refusal(415, `Unsupported media type "${type}" in request.`);
  }
  return readJson(body);
}

async function readFormData<Row extends object>(
  context: RequestContext<Row>,
): Promise<RequestData | BodyRefusal> {
  try {
    // Kept by the context: the CSRF token may be in it as well.
    const form = await formOrNull(stateOf(context).formData(BODY_LIMIT));
    // Django reads what it can of a broken one.
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
  // A mark of the order of bytes is not JSON for Python.
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

/** JSON that is not an object: REST framework names its type in Python. */
function notObject(text: string): BodyRefusal {
  let value: unknown;
  try {
    value = parsePythonJson(text, STRICT);
  } catch {
    return notJson();
  }
  if (value === null) return { status: 400, detail: "No data provided", isField: true };
  const type = Array.isArray(value) ? "list" : scalarType(value, pythonStrip(text));
  return {
    status: 400,
    detail: `Invalid data. Expected a dictionary, but got ${type}.`,
    isField: true,
  };
}

function scalarType(value: unknown, text: string): string {
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  return /[.eE]/.test(text) ? "float" : "int";
}

function notJson(): BodyRefusal {
  // Without the place, which Python's parser tells: it would be the only word about what a stranger wrote.
  return refusal(400, "JSON parse error - the body is not JSON");
}

function tooLarge(): BodyRefusal {
  return refusal(413, `Request body is larger than ${BODY_LIMIT} bytes.`);
}

function refusal(status: BodyRefusal["status"], detail: string): BodyRefusal {
  return { status, detail, isField: false };
}
