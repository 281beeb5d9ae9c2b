/** Reads a form within a bound. What its fields mean is not known here. */

import { DjauthError } from "../../errors.ts";
import { readBounded } from "../../internal/bounded_body.ts";
import { boundaryOf, multipartExcess } from "./multipart_bounds.ts";

/** `DATA_UPLOAD_MAX_MEMORY_SIZE`: more than this is no login form. */
export const FORM_LIMIT = 2_621_440;

/** `DATA_UPLOAD_MAX_NUMBER_FIELDS`: taking apart a million empty fields would keep the server busy for a second. */
const MAX_FIELDS = 1_000;

const AMPERSAND = "&".charCodeAt(0);
const URLENCODED = "application/x-www-form-urlencoded";
const BROKEN = "The form in the body is broken";

/** Whether a request carries a form as browsers send it. */
export function hasForm(request: Request): boolean {
  const type = typeOf(request);
  return type === URLENCODED || type === "multipart/form-data";
}

function typeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/**
 * The form of a request.
 *
 * @throws {TypeError} when the body was read already
 * @throws {DjauthError} `body_too_large` when it has more than `limit` bytes or 1,000 fields; `malformed_body` when it is
 * no form
 */
export async function readForm(request: Request, limit: number = FORM_LIMIT): Promise<FormData> {
  if (request.bodyUsed) {
    throw new TypeError(
      "The body was read already: read the form with context.formData() instead of request.formData()",
    );
  }
  if (!hasForm(request)) throw malformed(noForm(request));
  // Bounded before it is parsed: a stranger must not fill the memory through a login page.
  if (Number(request.headers.get("content-length") ?? 0) > limit) {
    throw tooLarge(`is larger than ${limit} bytes`);
  }
  const body = await readBody(request, limit);
  const type = typeOf(request) === URLENCODED
    ? pairsWithin(body)
    : partsWithin(body, request.headers.get("content-type")!);
  try {
    // Not the type that came: of one that parsers read in another way than it was read here, nothing would be bounded.
    // Bun's types have a FormData of their own here, which differs in name only.
    return await new Response(body, { headers: { "content-type": type } }).formData() as FormData;
  } catch {
    throw malformed(BROKEN);
  }
}

/** The value of a field; of several of one name the last, as Django's `QueryDict.get` has it. */
export function fieldOf<Value>(fields: { getAll(name: string): Value[] }, name: string): Value | undefined {
  return fields.getAll(name).at(-1);
}

/** `null` in place of the form that a stranger sent broken. */
export async function formOrNull(form: Promise<FormData>): Promise<FormData | null> {
  try {
    return await form;
  } catch (error) {
    if (error instanceof DjauthError && error.code === "malformed_body") return null;
    throw error;
  }
}

/**
 * The bytes of a body.
 *
 * @throws {DjauthError} `body_too_large` when there are more than `limit`; `malformed_body` when the client breaks off
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const body = await readBounded(request.body, limit);
  if (body === "too_large") throw tooLarge(`is larger than ${limit} bytes`);
  // A client that breaks off in the middle sent no form; that is no fault of this server.
  if (body === "broken_off") throw malformed(BROKEN);
  return body;
}

/**
 * The type by which pairs are taken apart, of which there are not too many, as Django counts them.
 *
 * @throws {DjauthError} `body_too_large`
 */
function pairsWithin(body: Uint8Array): string {
  if (hasMore(body, MAX_FIELDS - 1)) throw tooLarge(`has more than ${MAX_FIELDS} fields`);
  return URLENCODED;
}

/**
 * The type by which parts are taken apart, of which there are not too many.
 *
 * @throws {DjauthError} `body_too_large`; `malformed_body` where it is not clear what separates the parts
 */
function partsWithin(body: Uint8Array, contentType: string): string {
  const boundary = boundaryOf(contentType);
  if (boundary === null) throw malformed(BROKEN);
  const excess = multipartExcess(body, boundary, MAX_FIELDS);
  if (excess !== null) throw tooLarge(excess);
  return `multipart/form-data; boundary="${boundary}"`;
}

/** Whether there are more than so many `&`. */
function hasMore(body: Uint8Array, most: number): boolean {
  let count = 0;
  for (let at = body.indexOf(AMPERSAND); at !== -1; at = body.indexOf(AMPERSAND, at + 1)) {
    if (++count > most) return true;
  }
  return false;
}

function tooLarge(what: string): DjauthError {
  return new DjauthError("body_too_large", 413, `The body ${what}`);
}

/** Which mistake it probably was: the developer's, in most cases. */
function noForm(request: Request): string {
  if (request.method === "GET" || request.method === "HEAD") return `A ${request.method} request has no form`;
  if (typeOf(request) === "application/json") {
    return "The body is JSON and no form: read it with request.json()";
  }
  return "The body is no form, expected application/x-www-form-urlencoded or multipart/form-data";
}

/** Without what the parser said: it may quote what a stranger wrote. */
function malformed(message: string): DjauthError {
  return new DjauthError("malformed_body", 400, message);
}
