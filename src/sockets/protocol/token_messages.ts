/**
 * What clients and djauth say to each other over a socket, where that is switched on. Text frames that begin with
 * `{"type":"djauth.` never reach the application then:
 *
 *     → {"type":"djauth.authenticate","token":"eyJ…"}   the first message, where `firstMessage` waits for it
 *     ← {"type":"djauth.authenticated"}
 *     → {"type":"djauth.refresh","token":"eyJ…"}        a newer access token, where `tokenRefresh` takes one
 *     ← {"type":"djauth.refreshed","expires":1790000000} its `exp`
 *     ← {"type":"djauth.refused","reason":"…"}           nothing has changed; try again
 */

/** A message of a client's that is djauth's business. */
export type TokenMessage = "djauth.authenticate" | "djauth.refresh";

const PREFIX = '{"type":"djauth.';
/** More than the longest token that is read, and too little to be worth sending. */
const MAX_LENGTH = 20_000;

/** Whether a frame is none of the application's. */
export function isOwnMessage(data: string | Uint8Array): data is string {
  return typeof data === "string" && data.startsWith(PREFIX);
}

/** Whether a frame is longer than any of ours can be. */
export function isTooLong(data: string | Uint8Array): boolean {
  return data.length > MAX_LENGTH;
}

/** The token in a message of this type; `null` for every other frame. */
export function tokenOf(data: string | Uint8Array, type: TokenMessage): string | null {
  if (!isOwnMessage(data) || isTooLong(data)) return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  const { type: given, token } = value as { type?: unknown; token?: unknown };
  return given === type && typeof token === "string" ? token : null;
}
