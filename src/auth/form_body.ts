/** Reads a form within a bound. What its fields mean is not known here. */

import { DjauthError } from "../errors.ts";

/** `DATA_UPLOAD_MAX_MEMORY_SIZE`: more than this is no login form. */
export const FORM_LIMIT = 2_621_440;

const BROKEN = "The form in the body is broken";

/** Whether a request carries a form as browsers send it. */
export function hasForm(request: Request): boolean {
  const type = typeOf(request);
  return type === "application/x-www-form-urlencoded" || type === "multipart/form-data";
}

function typeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/**
 * The form of a request.
 *
 * @throws {TypeError} when the body was read already
 * @throws {DjauthError} `body_too_large` when it has more than `limit` bytes; `malformed_body` when it is no form
 */
export async function readForm(request: Request, limit: number = FORM_LIMIT): Promise<FormData> {
  if (request.bodyUsed) {
    throw new TypeError(
      "The body was read already: read the form with context.formData() instead of request.formData()",
    );
  }
  if (!hasForm(request)) throw malformed(noForm(request));
  // Bounded before it is parsed: a stranger must not fill the memory through a login page.
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  const body = await readBody(request, limit);
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

async function readBody(request: Request, limit: number): Promise<Blob> {
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
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  return new Blob(chunks);
}

function tooLarge(limit: number): DjauthError {
  return new DjauthError("body_too_large", 413, `The form is larger than ${limit} bytes`);
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
