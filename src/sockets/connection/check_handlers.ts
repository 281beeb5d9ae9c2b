/** The handlers and options of `websocket`, checked before a server starts with them. */

import { ImproperlyConfigured } from "../../errors.ts";
import { requireNoPatterns, requirePaths } from "../../auth/options/address_checks.ts";
import {
  requireKnown,
  requireObject,
  requireOneOf,
  requireSeconds,
  requireTexts,
  requireType,
  wrong,
} from "../../internal/option_checks.ts";
import { isCredential } from "../protocol/subprotocols.ts";
import type { AnonymousRule, SocketHandlers } from "../socket/options.ts";
import { LONGEST_WAIT } from "./first_message.ts";

/** The names of the handlers and options that every runtime has. */
export const SOCKET_OPTION_NAMES: readonly string[] = [
  "path",
  "anonymous",
  "condition",
  "protocols",
  "data",
  "rejectWith",
  "open",
  "message",
  "close",
  "onIdentityChange",
  "maxPayloadLength",
  "idleTimeout",
  "claimPath",
  "firstMessage",
  "tokenRefresh",
];

/**
 * Refuses handlers and options that cannot be.
 *
 * @param runtimeOptions the names of further options, which the runtime takes
 * @throws {ImproperlyConfigured} `improperly_configured`: a misspelt guard must not be a guard that is off
 */
export function requireHandlers<Row extends object, Data, Anonymous extends AnonymousRule>(
  handlers: SocketHandlers<Row, Data, Anonymous>,
  runtimeOptions: readonly string[],
): void {
  requireObject("websocket", handlers);
  requireKnown("websocket.", handlers, [...SOCKET_OPTION_NAMES, ...runtimeOptions]);
  for (const name of ["condition", "data", "open", "message", "close", "onIdentityChange"] as const) {
    requireType(`websocket.${name}`, handlers[name], "function");
  }
  requirePaths("websocket.path", handlers.path);
  requireNoPatterns("websocket.path", handlers.path);
  if (handlers.claimPath !== null) {
    requireType("websocket.claimPath", handlers.claimPath, "string");
    requirePaths("websocket.claimPath", handlers.claimPath);
  }
  if (typeof handlers.anonymous !== "function") {
    requireType("websocket.anonymous", handlers.anonymous, "boolean");
  }
  requireTexts("websocket.protocols", handlers.protocols);
  const credential = handlers.protocols?.find(isCredential);
  if (credential !== undefined) {
    throw wrong("websocket.protocols", "djauth.…", "no protocol that begins as a credential does");
  }
  requireTokenMessages(handlers);
  requireOneOf("websocket.rejectWith", handlers.rejectWith, ["close", "http"]);
  for (const name of ["maxPayloadLength", "idleTimeout"] as const) {
    // Zero seconds mean no end on both runtimes.
    if (handlers[name] !== 0) requireSeconds(`websocket.${name}`, handlers[name]);
  }
}

function requireTokenMessages<Row extends object, Data, Anonymous extends AnonymousRule>(
  { firstMessage, tokenRefresh, anonymous }: SocketHandlers<Row, Data, Anonymous>,
): void {
  requireType("websocket.tokenRefresh", tokenRefresh, "boolean");
  if (firstMessage && anonymous === true) {
    throw new ImproperlyConfigured(
      "websocket.firstMessage is given and websocket.anonymous is true, which lets everybody in at once, so that no first " +
        "message is waited for; expected one of the two, or for websocket.anonymous a function that says for which " +
        "requests a socket may open without a user",
    );
  }
  if (typeof firstMessage === "boolean") return;
  requireObject("websocket.firstMessage", firstMessage);
  if (firstMessage === undefined) return;
  requireKnown("websocket.firstMessage.", firstMessage, ["deadline"]);
  requireSeconds("websocket.firstMessage.deadline", firstMessage.deadline, { to: LONGEST_WAIT });
}
