/** Reads a form within a bound. What its fields mean is not known here. */

import { DjauthError } from "../../errors.ts";
import { concatBytes } from "../../internal/bytes.ts";

/** `DATA_UPLOAD_MAX_MEMORY_SIZE`: more than this is no login form. */
export const FORM_LIMIT = 2_621_440;

/** `DATA_UPLOAD_MAX_NUMBER_FIELDS`: taking apart a million empty fields would keep the server busy for a second. */
const MAX_FIELDS = 1_000;

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
  if (countFields(typeOf(request), body) > MAX_FIELDS) throw tooLarge(`has more than ${MAX_FIELDS} fields`);
  const contentType = request.headers.get("content-type") ?? "";
  try {
    // Bun's types have a FormData of their own here, which differs in name only.
    return await new Response(body, { headers: { "content-type": contentType } }).formData() as FormData;
  } catch {
    throw malformed(BROKEN);
  }
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
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reader = request.body?.getReader();
  for (let size = 0; reader !== undefined;) {
    // Who breaks off in the middle sent no form; that is no fault of this server.
    const { done, value } = await reader.read().catch(() => {
      throw malformed(BROKEN);
    });
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      reader.cancel().catch(() => {});
      throw tooLarge(`is larger than ${limit} bytes`);
    }
    chunks.push(value);
  }
  return concatBytes(...chunks);
}

/** How many fields there are at most, before anything is taken apart: as Django counts them, or by their headers. */
function countFields(type: string, body: Uint8Array): number {
  // One byte, one character: the text is only looked through.
  const text = new TextDecoder("latin1").decode(body);
  const marks = text.match(type === URLENCODED ? /&/g : /content-disposition/gi)?.length ?? 0;
  return type === URLENCODED ? marks + 1 : marks;
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
