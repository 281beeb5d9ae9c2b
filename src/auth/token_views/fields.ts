/** The fields of a body, held against REST framework's `CharField`, whose words are in the errors. */

import { normalPythonJson } from "../../internal/python/json_normal.ts";
import { pythonStrip } from "../../internal/python/strip.ts";
import type { RequestData, RequestField } from "./request_data.ts";

/** What is wrong, by field. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** The texts of fields, trimmed; or what is wrong with them. */
export type FieldTexts<Name extends string> =
  | { readonly texts: Readonly<Record<Name, string>> }
  | { readonly errors: FieldErrors };

/** Reads fields that must all be there. */
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

/** Python's `str()` of a text or a number; of nothing else. */
function textOf(field: NonNullable<RequestField>): string | null {
  if (field.kind === "text") return field.text;
  if (field.kind === "file" || !/^[-0-9]/.test(field.json)) return null;
  const text = normalPythonJson(field.json);
  // As `json.loads` reads them: an int has no minus zero, and a float beyond all bounds is infinite.
  if (text === "-0") return "0";
  return text.replace("Infinity", "inf");
}
