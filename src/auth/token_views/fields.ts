/** Validates the fields of a body like REST framework's `CharField`, with its messages. */

import { normalPythonJson } from "../../internal/python/json_normal.ts";
import { pythonStrip } from "../../internal/python/strip.ts";
import type { RequestData, RequestField } from "./request_data.ts";

/** The error messages, by field. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** The trimmed values of the fields, or their errors. */
export type FieldTexts<Name extends string> =
  | { readonly texts: Readonly<Record<Name, string>> }
  | { readonly errors: FieldErrors };

/** Reads fields that are all required. */
export function readFields<Name extends string>(
  data: RequestData,
  names: readonly Name[],
): FieldTexts<Name> {
  const texts: Record<string, string> = {};
  const errors: Record<string, readonly string[]> = {};
  for (const name of names) {
    const read = readField(data(name));
    if (typeof read === "string") texts[name] = read;
    else errors[name] = read;
  }
  return Object.keys(errors).length > 0 ? { errors } : { texts: texts as Record<Name, string> };
}

/** Mirrors `CharField.run_validation`; passwords are trimmed as well. */
function readField(field: RequestField): string | string[] {
  if (field === undefined) return ["This field is required."];
  if (field.kind === "json" && field.json === "null") return ["This field may not be null."];
  const text = textOf(field);
  if (text === null) return ["Not a valid string."];
  const trimmed = pythonStrip(text);
  if (trimmed === "") return ["This field may not be blank."];
  const errors = [];
  if (trimmed.includes("\0")) errors.push("Null characters are not allowed.");
  const half = /\p{Surrogate}/u.exec(trimmed)?.[0];
  if (half !== undefined) {
    const code = half.charCodeAt(0).toString(16).toUpperCase();
    errors.push(`Surrogate characters are not allowed: U+${code}.`);
  }
  return errors.length > 0 ? errors : trimmed;
}

/** Returns Python's `str()` of a string or a number, `null` for anything else. */
function textOf(field: NonNullable<RequestField>): string | null {
  if (field.kind === "text") return field.text;
  if (field.kind === "file" || !/^[-0-9]/.test(field.json)) return null;
  const text = normalPythonJson(field.json);
  // As read by `json.loads`: an int has no minus zero, and a float out of range is infinite.
  if (text === "-0") return "0";
  return text.replace("Infinity", "inf");
}
