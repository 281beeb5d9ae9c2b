/** Reads a form within a bound. */

import { DjauthError } from "../errors.ts";

/** `DATA_UPLOAD_MAX_MEMORY_SIZE`: more than this is no login form. */
export const FORM_LIMIT = 2_621_440;

/** Whether a request carries a form as browsers send it. */
export function hasForm(request: Request): boolean {
  const type = request.headers.get("content-type")?.toLowerCase() ?? "";
  return type.startsWith("application/x-www-form-urlencoded") || type.startsWith("multipart/form-data");
}

/**
 * The form of a request.
 *
 * @throws {TypeError} when the body was read already, or is no form
 * @throws {DjauthError} `body_too_large` when it has more than `limit` bytes
 */
export async function readForm(request: Request, limit: number = FORM_LIMIT): Promise<FormData> {
  if (request.bodyUsed) {
    throw new TypeError(
      "The body was read already: read the form with context.formData() instead of request.formData()",
    );
  }
  // Bounded before it is parsed: a stranger must not fill the memory through a login page.
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  const body = request.body?.pipeThrough(limiter(limit)) ?? null;
  const contentType = request.headers.get("content-type") ?? "";
  // Bun's types have a FormData of their own here, which differs in name only.
  return await new Response(body, { headers: { "content-type": contentType } }).formData() as FormData;
}

function limiter(limit: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller): void {
      size += chunk.byteLength;
      if (size > limit) controller.error(tooLarge(limit));
      else controller.enqueue(chunk);
    },
  });
}

function tooLarge(limit: number): DjauthError {
  return new DjauthError("body_too_large", 413, `The form is larger than ${limit} bytes`);
}
