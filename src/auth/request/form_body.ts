/** Reads a form within limits. The meaning of its fields is not known here. */

import { DjauthError } from "../../errors.ts";
import { readBounded } from "../../internal/bounded_body.ts";
import { declaresMoreThan, mediaTypeOf } from "./body_headers.ts";
import { boundaryOf, multipartExcess } from "./multipart_bounds.ts";

/** `DATA_UPLOAD_MAX_MEMORY_SIZE`: a login form is never larger. */
export const FORM_LIMIT_BYTES = 2_621_440;

/** `DATA_UPLOAD_MAX_NUMBER_FIELDS`: parsing a million empty fields would block the server for a second. */
const MAX_FIELDS = 1_000;

const AMPERSAND = "&".charCodeAt(0);
const URLENCODED = "application/x-www-form-urlencoded";
const BROKEN = "The form in the body is broken";

/** Returns whether a request carries a form as sent by browsers. */
export function hasForm(request: Request): boolean {
  const type = mediaTypeOf(request);
  return type === URLENCODED || type === "multipart/form-data";
}

/**
 * Reads the form of a request.
 *
 * @param limit bytes
 * @throws {TypeError} if the body was already read
 * @throws {DjauthError} `body_too_large` if it has more than `limit` bytes or 1,000 fields; `malformed_body` if it is
 * not a form
 */
export async function readForm(request: Request, limit: number = FORM_LIMIT_BYTES): Promise<FormData> {
  if (request.bodyUsed) {
    throw new TypeError(
      "The body was already read: read the form with context.formData() instead of request.formData()",
    );
  }
  if (!hasForm(request)) throw malformed(noForm(request));
  // Checked before parsing: an anonymous client must not fill the memory through a login page.
  if (declaresMoreThan(request, limit)) throw tooLarge(`is larger than ${limit} bytes`);
  const body = await readBody(request, limit);
  const type = mediaTypeOf(request) === URLENCODED
    ? pairsWithin(body)
    : partsWithin(body, request.headers.get("content-type")!);
  try {
    // Not the original type: if the parser read it differently than it was read here, no limit would hold.
    // Bun's types have their own FormData here, which differs in name only.
    return await new Response(body, { headers: { "content-type": type } }).formData() as FormData;
  } catch {
    throw malformed(BROKEN);
  }
}

/** Returns the value of a field; the last one of several, like Django's `QueryDict.get`. */
export function fieldOf<Value>(fields: { getAll(name: string): Value[] }, name: string): Value | undefined {
  return fields.getAll(name).at(-1);
}

/** Returns a text field, whatever files have the same name: Django keeps those apart. */
export function textOf(form: FormData, name: string): string | undefined {
  return form.getAll(name).findLast((value) => typeof value === "string");
}

/** Returns the form, or `null` if the client sent a malformed one. */
export async function formOrNull(form: Promise<FormData>): Promise<FormData | null> {
  try {
    return await form;
  } catch (error) {
    if (error instanceof DjauthError && error.code === "malformed_body") return null;
    throw error;
  }
}

/**
 * Reads the bytes of a body.
 *
 * @param limit bytes
 * @throws {DjauthError} `body_too_large` if there are more than `limit`; `malformed_body` if the client breaks off
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const body = await readBounded(request.body, limit);
  if (body === "too_large") throw tooLarge(`is larger than ${limit} bytes`);
  // A client that breaks off midway did not send a form; that is not a server error.
  if (body === "broken_off") throw malformed(BROKEN);
  return body;
}

/**
 * Returns the media type for parsing pairs, after checking their number, counted like Django.
 *
 * @throws {DjauthError} `body_too_large`
 */
function pairsWithin(body: Uint8Array): string {
  if (hasMore(body, MAX_FIELDS - 1)) throw tooLarge(`has more than ${MAX_FIELDS} fields`);
  return URLENCODED;
}

/**
 * Returns the media type for parsing parts, after checking their number.
 *
 * @throws {DjauthError} `body_too_large`; `malformed_body` if the boundary is ambiguous
 */
function partsWithin(body: Uint8Array, contentType: string): string {
  const boundary = boundaryOf(contentType);
  if (boundary === null) throw malformed(BROKEN);
  const excess = multipartExcess(body, boundary, MAX_FIELDS);
  if (excess !== null) throw tooLarge(excess);
  return `multipart/form-data; boundary="${boundary}"`;
}

/** Returns whether there are more than so many `&`. */
function hasMore(body: Uint8Array, most: number): boolean {
  let count = 0;
  for (let at = body.indexOf(AMPERSAND); at !== -1; at = body.indexOf(AMPERSAND, at + 1)) {
    if (++count > most) return true;
  }
  return false;
}

function tooLarge(what: string): DjauthError {
  return new DjauthError("body_too_large", `The body ${what}`);
}

/** Returns what is probably wrong, in most cases a mistake of the developer. */
function noForm(request: Request): string {
  if (request.method === "GET" || request.method === "HEAD") return `A ${request.method} request has no form`;
  if (mediaTypeOf(request) === "application/json") {
    return "The body is JSON, not a form: read it with request.json()";
  }
  return "The body is not a form, expected application/x-www-form-urlencoded or multipart/form-data";
}

/** Creates the error without the parser's message, which may quote the client's input. */
function malformed(message: string): DjauthError {
  return new DjauthError("malformed_body", message);
}
