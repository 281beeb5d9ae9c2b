/** What a request's headers state about its body. */

/** Returns the media type of the body in lower case, without parameters; `""` if there is none. */
export function mediaTypeOf({ headers }: Request): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/** Returns whether the Content-Length exceeds so many bytes; the body itself may still turn out longer. */
export function declaresMoreThan({ headers }: Request, bytes: number): boolean {
  return Number(headers.get("content-length") ?? 0) > bytes;
}
