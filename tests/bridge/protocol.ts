/**
 * What the modules of the bridge share: the type of their table, the refusal with a code of the protocol that
 * no error of djauth stands for, and the two spellings of bytes. No operations live here.
 */

/** The operations of a module by their names in the protocol; an argument that is `undefined` was not given. */
// deno-lint-ignore no-explicit-any
export type Operations = Record<string, (args: any) => unknown>;

/** Codes of the protocol that an operation answers itself, because djauth has a result there and no error. */
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

/** An answer with an error code. */
export class Refusal extends Error {
  /** The code of the protocol. */
  readonly code: RefusalCode;

  /** Makes a refusal; the message is judged only where the protocol says so. */
  constructor(code: RefusalCode, message: string = code) {
    super(message);
    this.code = code;
  }
}

/** Bytes on the wire: text, which means its UTF-8, or base64. */
export type WireBytes = string | { base64: string };

/** The bytes that were meant. */
export function wireBytes(value: WireBytes): Uint8Array<ArrayBuffer> {
  if (typeof value === "string") return new TextEncoder().encode(value);
  return Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
}
