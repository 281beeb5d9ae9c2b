/**
 * What clients and djauth say to each other over a socket, where `firstMessage` or `tokenRefresh` is on. Text of up to 20,000
 * characters that is a JSON object whose `type` begins with `djauth.`, however it is written, never reaches the application
 * then:
 *
 *     → {"type":"djauth.authenticate","token":"eyJ…"}   the first message, where `firstMessage` waits for it; also on a
 *                                                        socket that is open, whose user the token must be of
 *     ← {"type":"djauth.authenticated"}
 *     → {"type":"djauth.refresh","token":"eyJ…"}        a newer access token, where `tokenRefresh` takes one
 *     ← {"type":"djauth.refreshed","expires":1790000000} its `exp`
 *     ← {"type":"djauth.refused","reason":"…"}           nothing has changed: `try_again_later`, or `not_authenticated` where
 *                                                        the message cannot be taken; after 100 of them in a row, the
 *                                                        socket closes with that reason
 */

import type { RefusalCode } from "../../error_codes.ts";

/** A message of a client's that is djauth's business. */
export type TokenMessage = "djauth.authenticate" | "djauth.refresh";

/** A message of the family, whatever else is in it. */
export interface OwnMessage {
  readonly type: string;
  /** `null` where there is none. */
  readonly token: string | null;
}

/** Says that the token was taken. */
export const AUTHENTICATED = '{"type":"djauth.authenticated"}';

/** Says that a newer token was taken, and what its claim `exp` is. */
export function refreshedMessage(expires: unknown): string {
  return JSON.stringify({ type: "djauth.refreshed", expires });
}

/** Says that nothing has changed, and why. */
export function refusedMessage(reason: RefusalCode): string {
  return JSON.stringify({ type: "djauth.refused", reason });
}

const PREFIX = "djauth.";
/** As nearly every client writes it. */
const START = `{"type":"${PREFIX}`;
/** No other escape of JSON's stands for a letter of the prefix. */
const ESCAPE = "\\u00";
/** The beginning of an object, after JSON's white space. */
const OBJECT = /^[\t\n\r ]*\{/;
/** More than the longest token that is read, and too little to be worth sending. */
const MAX_LENGTH = 20_000;

/** A message that is none of the application's; `null` for every other frame. */
export function ownMessage(data: string | Uint8Array): OwnMessage | null {
  if (typeof data !== "string") return null;
  const isOwn = data.startsWith(START);
  // Only what may be one is parsed: messages of the application may be many, and long.
  if (!isOwn && (isTooLong(data) || !mayBeOwn(data))) return null;
  const { type, token } = isTooLong(data) ? {} : parse(data);
  if (!isOwn && !(typeof type === "string" && type.startsWith(PREFIX))) return null;
  return { type: String(type), token: typeof token === "string" ? token : null };
}

/** Whether a frame is longer than any of ours can be. */
export function isTooLong(data: string | Uint8Array): boolean {
  return data.length > MAX_LENGTH;
}

/** The token in a message of this type; `null` for every other frame. */
export function tokenOf(data: string | Uint8Array, type: TokenMessage): string | null {
  const message = ownMessage(data);
  return message?.type === type ? message.token : null;
}

/** JSON writes a letter as itself or by its number: the prefix stands there as it is, or with an escape below U+0100 in it. */
function mayBeOwn(data: string): boolean {
  return data.includes(`"${PREFIX}`) || data.includes(ESCAPE) && OBJECT.test(data);
}

function parse(text: string): { readonly type?: unknown; readonly token?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
