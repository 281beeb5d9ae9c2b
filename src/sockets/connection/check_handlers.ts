/** Validation of the handlers and options of `websocket`, before a server starts with them. */

import { ImproperlyConfigured } from "../../errors.ts";
import type { AuthCore } from "../../auth/core/core.ts";
import { requireTokens } from "../../auth/core/token_service.ts";
import { requireNoPatterns, requirePaths } from "../../auth/options/address_checks.ts";
import { namesOf } from "../../internal/names_of.ts";
import {
  requireCount,
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
import { MAX_DEADLINE_SECONDS } from "./first_message.ts";

/** No runtime has longer strings. */
const LONGEST_MESSAGE_BYTES = 2 ** 31 - 1;

/** The names of the handlers and options that every runtime has. */
export const SOCKET_OPTION_NAMES: readonly string[] = namesOf<SocketHandlers>({
  path: true,
  anonymous: true,
  condition: true,
  protocols: true,
  data: true,
  rejectWith: true,
  open: true,
  message: true,
  close: true,
  onIdentityChange: true,
  maxPayloadLength: true,
  idleTimeout: true,
  claimPath: true,
  firstMessage: true,
  tokenRefresh: true,
});

/**
 * Rejects invalid handlers and options.
 *
 * @param runtimeOptions the names of further options that the runtime accepts
 * @throws {ImproperlyConfigured} `improperly_configured`: a misspelt guard must not silently be off
 */
export function requireHandlers<Row extends object, Data, Anonymous extends AnonymousRule>(
  core: AuthCore<Row>,
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
    throw wrong("websocket.protocols", "djauth.…", "a protocol without the prefix of a credential");
  }
  requireTokenMessages(handlers);
  if (handlers.firstMessage || handlers.tokenRefresh) requireTokens(core);
  requireOneOf("websocket.rejectWith", handlers.rejectWith, ["close", "http"]);
  requireCount("websocket.maxPayloadLength", handlers.maxPayloadLength, 1, LONGEST_MESSAGE_BYTES);
  // On both runtimes, 0 means never.
  requireSeconds("websocket.idleTimeout", handlers.idleTimeout, { from: 0 });
}

function requireTokenMessages<Row extends object, Data, Anonymous extends AnonymousRule>(
  { firstMessage, tokenRefresh, anonymous }: SocketHandlers<Row, Data, Anonymous>,
): void {
  requireType("websocket.tokenRefresh", tokenRefresh, "boolean");
  if (firstMessage && anonymous === true) {
    throw new ImproperlyConfigured(
      "websocket.firstMessage is set and websocket.anonymous is true, which lets everybody in without waiting for a " +
        "first message; expected one of the two, or for websocket.anonymous a function that returns whether a " +
        "request may open a socket without a user",
    );
  }
  if (typeof firstMessage === "boolean") return;
  requireObject("websocket.firstMessage", firstMessage);
  if (firstMessage === undefined) return;
  requireKnown("websocket.firstMessage.", firstMessage, ["deadline"]);
  requireSeconds("websocket.firstMessage.deadline", firstMessage.deadline, { to: MAX_DEADLINE_SECONDS });
}
