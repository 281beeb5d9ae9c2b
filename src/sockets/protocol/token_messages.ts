/**
 * The messages between clients and djauth over a socket, where `firstMessage` or `tokenRefresh` is on. A text message
 * of up to 20,000 characters that is a JSON object whose `type` begins with `djauth.`, in any notation, then never
 * reaches the application:
 *
 *     → {"type":"djauth.authenticate","token":"eyJ…"}   the first message, where `firstMessage` waits for it; also
 *                                                        accepted on an open socket, for a token of the same user
 *     ← {"type":"djauth.authenticated"}
 *     → {"type":"djauth.refresh","token":"eyJ…"}        a newer access token, where `tokenRefresh` is on
 *     ← {"type":"djauth.refreshed","expires":1790000000} its `exp`
 *     ← {"type":"djauth.refused","reason":"…"}           nothing has changed: `try_again_later`, or `not_authenticated`
 *                                                        for a message that is not accepted; after 100 of these in a
 *                                                        row, the socket closes with that reason
 */

import type { RefusalCode } from "../../error_codes.ts";

/** The types of messages that djauth accepts from clients. */
export type TokenMessage = "djauth.authenticate" | "djauth.refresh";

/** A message whose type begins with `djauth.`. */
export interface OwnMessage {
  /** `""` where a later `type` in the same object is not a string. */
  readonly type: string;
  /** `null` where it is absent or not a string. */
  readonly token: string | null;
}

/** Confirms that the token was accepted. */
export const AUTHENTICATED = '{"type":"djauth.authenticated"}';

/** Confirms a newer token, with its claim `exp`. */
export function refreshedMessage(expires: unknown): string {
  return JSON.stringify({ type: "djauth.refreshed", expires });
}

/** States that nothing has changed, and why. */
export function refusedMessage(reason: RefusalCode): string {
  return JSON.stringify({ type: "djauth.refused", reason });
}

const PREFIX = "djauth.";
/** The notation of nearly every client. */
const START = `{"type":"${PREFIX}`;
/** The only JSON escapes that can stand for a character of the prefix begin so. */
const ESCAPE = "\\u00";
/** The start of an object, after JSON whitespace. */
const OBJECT = /^[\t\n\r ]*\{/;
/** The longest message that is parsed, in characters: longer than any accepted token, and too short to flood a node. */
const MAX_LENGTH = 20_000;

/** Parses a message of djauth's own; returns `null` for every other frame. */
export function ownMessage(data: string | Uint8Array): OwnMessage | null {
  if (typeof data !== "string") return null;
  const isOwn = data.startsWith(START);
  // Only likely candidates are parsed: the application's messages may be many and long.
  if (!isOwn && (isTooLong(data) || !mayBeOwn(data))) return null;
  const { type, token } = isTooLong(data) ? {} : parse(data);
  if (!isOwn && !(typeof type === "string" && type.startsWith(PREFIX))) return null;
  return { type: textOf(type) ?? "", token: textOf(token) };
}

/** Returns whether a frame is longer than djauth's own messages may be. */
export function isTooLong(data: string | Uint8Array): boolean {
  return data.length > MAX_LENGTH;
}

/** Returns the token in a message of this type; `null` for every other frame. */
export function tokenOf(data: string | Uint8Array, type: TokenMessage): string | null {
  const message = ownMessage(data);
  return message?.type === type ? message.token : null;
}

/** Never converts: an object chosen by a stranger may have a `toString` that cannot be called. */
function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** In JSON the prefix appears either literally or with `\u00xx` escapes for some of its characters. */
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
