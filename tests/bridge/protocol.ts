/**
 * What the bridge's modules share: the type of their tables, refusals for protocol codes without an equivalent djauth
 * error, and the two encodings of bytes. It contains no operations.
 */

/** A module's operations by their names in the protocol; an omitted argument is `undefined`. */
// deno-lint-ignore no-explicit-any
export type Operations = Record<string, (args: any) => unknown>;

/** Protocol codes that the operations return themselves, where djauth returns a result instead of an error. */
export type RefusalCode =
  | "bad_signature"
  | "disallowed_host"
  | "invalid_session_key"
  | "invalid_token_format"
  | "key_error"
  | "not_implemented"
  | "reject_request"
  | "token_backend_error"
  | "token_backend_expired"
  | "token_backend_invalid"
  | "token_backend_invalid_algorithm"
  | "token_blacklisted"
  | "token_claim_expired"
  | "token_expired"
  | "token_invalid"
  | "token_no_claim"
  | "token_no_id"
  | "token_no_type"
  | "token_wrong_type"
  | "type_error"
  | "undecodable"
  | "unknown_algorithm"
  | "value_error";

/** A response with an error code. */
export class Refusal extends Error {
  /** The code of the protocol. */
  readonly code: RefusalCode;

  /** The message is compared only where the protocol requires it. */
  constructor(code: RefusalCode, message: string = code) {
    super(message);
    this.code = code;
  }
}

/** Bytes on the wire: text, which means its UTF-8, or base64. */
export type WireBytes = string | { base64: string };

/** Decodes them. */
export function wireBytes(value: WireBytes): Uint8Array<ArrayBuffer> {
  if (typeof value === "string") return new TextEncoder().encode(value);
  return Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
}
