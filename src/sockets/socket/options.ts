/** The options and handlers of sockets that are the same on every runtime. */

import type { RequestContext } from "../../auth/request/context.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { DjangoSocket } from "./socket.ts";

/** Whether sockets without a user may open; `boolean` where that depends on the request. */
export type AnonymousRule = boolean;

/** The user on a socket: never `null` where anonymous sockets are refused. */
export type SocketUser<Row extends object = DjangoUserRow, Anonymous extends AnonymousRule = false> =
  Anonymous extends false ? User<Row>
    : User<Row> | null;

/** Who may open a socket. */
export interface UpgradeOptions<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = AnonymousRule,
> {
  /** Whether sockets without a user may open, on all paths or as decided by a function; `false` by default. */
  anonymous?: Anonymous | ((request: Request) => Anonymous);
  /**
   * A further condition on the user, such as `(user) => user.is_staff`; other users get `permission_denied`. Checked
   * once, at the upgrade: not on `socket.login()`, nor when the user's columns change, for which there is
   * `onIdentityChange`.
   */
  condition?: (user: User<Row>, context: RequestContext<Row>) => boolean | Promise<boolean>;
  /** The application's subprotocols, the preferred one first. */
  protocols?: readonly string[];
  /**
   * Creates the socket's `data`, once everything else has been decided and before it opens. Read cookies through
   * `context`: for a page of another site that connects with its own token it hides the visitor's cookies, which the
   * header of `request` contains.
   */
  data?: (request: Request, context: RequestContext<Row>) => Data | Promise<Data>;
}

/** The handlers of sockets. One that throws closes its socket with 1011; the process keeps running. */
export interface SocketHandlers<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> extends UpgradeOptions<Row, Data, Anonymous> {
  /** The exact paths that take sockets, such as `/live`; other upgrades reach `fetch`. Every path by default. */
  path?: string | readonly string[];
  /**
   * How a refusal is sent: `"close"` (the default) accepts and closes with a code and a reason, which pages can read;
   * `"http"` answers with an HTTP status (401, 403, 429, 503 …), which browsers hide from the page.
   */
  rejectWith?: "close" | "http";
  /**
   * Where a page redeems the claim of a `socket.login()`, on the same server and, if the session's cookie has a path,
   * below it; `/.djauth/claim` by default, `null` for nowhere.
   */
  claimPath?: string | null;
  /**
   * Whether a client without a login may send an access token in its first message,
   * `{"type":"djauth.authenticate","token":"…"}`, within `deadline` seconds (`sockets.authenticationDeadline` by
   * default, at most 300). Until then no application code runs for the connection. A token or ticket that comes with
   * the upgrade is decided on alone. A client that stays silent is closed with the refusal of the login in its cookies,
   * or with 4408 `authentication_timeout` where it brought none. On a socket that is open with a user already, a valid
   * token of the same user is confirmed and changes nothing. Messages of the family `djauth.` do not reach `message`,
   * as with `tokenRefresh`. Requires the option `jwt`, and excludes `anonymous: true`, which lets everybody in
   * immediately.
   */
  firstMessage?: boolean | { deadline?: number };
  /**
   * Whether a client may send a newer access token, `{"type":"djauth.refresh","token":"…"}`, over a socket that rests
   * on one. A text message of up to 20,000 characters that is a JSON object whose `type` begins with `djauth.` then
   * never reaches `message`; types that are not switched on are refused.
   */
  tokenRefresh?: boolean;
  /** The socket has opened. */
  open?: (socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>) => void | Promise<void>;
  /** A message has arrived: a string, or bytes. */
  message?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    data: string | Uint8Array<ArrayBuffer>,
  ) => void | Promise<void>;
  /** The socket has closed; with 1006 if the connection ended without a close frame. */
  close?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    code: number,
    reason: string,
  ) => void | Promise<void>;
  /**
   * A column of the user has changed in the database: `socket.user` is the new row, `before` the previous one. Close
   * the socket here if the user may not stay.
   */
  onIdentityChange?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    before: SocketUser<Row, Anonymous>,
  ) => void | Promise<void>;
  /** The maximum size of a message in bytes, 16 MiB by default; a larger one closes with 1009. */
  maxPayloadLength?: number;
  /**
   * Seconds without a sign of life after which a socket closes; 120 by default, 0 for never. Bun takes whole seconds
   * from 8 to 960, and raises smaller values to 8.
   */
  idleTimeout?: number;
}
