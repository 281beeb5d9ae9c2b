/** What djauth tells about itself: typed events for logs and counters. No event carries a secret. */

import type { AuthenticationCode, ErrorCode, NotAuthenticatedCode } from "../errors.ts";

/** Why a request or a socket is not signed in, or was refused. The same words as close reasons and problem codes. */
export type RefusalCode =
  | NotAuthenticatedCode
  | "origin_not_allowed"
  | "permission_denied"
  | "message_too_big"
  | "try_again_later"
  | "server_error";

/** Something that happened. */
export type AuthEvent =
  | {
    /** A request or an upgrade was refused. */
    readonly type: "auth.rejected";
    /** Why. */
    readonly code: RefusalCode | ErrorCode;
    /** The path that was asked for, without its query. */
    readonly path: string;
  }
  | {
    /** A login, or an old password, was refused. Neither name nor password is told: people mistake one for the other. */
    readonly type: "auth.failed";
    /** Why, which the client is not told. */
    readonly code: AuthenticationCode;
  }
  | {
    /** The database did not answer within the deadline; the client was told to try again. */
    readonly type: "auth.unavailable";
    /** What the driver said. */
    readonly error: unknown;
  }
  | {
    /** Code of yours threw; a request got 500, a socket closed with 1011. */
    readonly type: "error";
    /** Where. */
    readonly where: "fetch" | "finish" | "anonymous" | "condition" | "data" | "open" | "message" | "close";
    /** What it threw. */
    readonly error: unknown;
  };

/** Gets every event; what it throws is swallowed, so that a logger cannot end a request. */
export type EventListener = (event: AuthEvent) => void;

/** The listener of somebody who gave none: errors go to the console, the rest is silent. */
export function consoleListener(event: AuthEvent): void {
  if (event.type === "error") console.error(`djauth: the ${event.where} handler threw`, event.error);
  if (event.type === "auth.unavailable") console.error("djauth: the database did not answer", event.error);
}

/** A listener that cannot throw. */
export function safeListener(listener: EventListener): EventListener {
  return (event) => {
    // A broken logger must neither end a request nor close a socket, nor, where it is asynchronous, the process.
    try {
      const result: unknown = listener(event);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // Whoever listens is told of everything but of this.
    }
  };
}
