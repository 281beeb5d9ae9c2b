/** What a user says about sockets: who may open one, and what happens on it. The same on every runtime. */

import type { RequestContext } from "../../auth/request/context.ts";
import type { DjangoUserRow } from "../../users/user_table.ts";
import type { User } from "../../users/user.ts";
import type { DjangoSocket } from "./socket.ts";

/** Whether sockets without a user may open; `boolean` where that is only known for each request. */
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
  /** Whether sockets without a user may open, on all paths or as a function says; `false` if not given. */
  anonymous?: Anonymous | ((request: Request) => Anonymous);
  /**
   * A further condition on the user, such as `(user) => user.is_staff`; others get `permission_denied`. It is asked once, at
   * the upgrade: not when `socket.login()` brings a user, nor when the user's columns change, for which there is
   * `onIdentityChange`.
   */
  condition?: (user: User<Row>, context: RequestContext<Row>) => boolean | Promise<boolean>;
  /** The application's subprotocols, the preferred one first. */
  protocols?: readonly string[];
  /**
   * Makes the socket's `data`, after everything else has been decided and before it opens. Read cookies through `context`: to
   * a page of another site that brought a token of its own it shows none, while the header of `request` has its visitor's.
   */
  data?: (request: Request, context: RequestContext<Row>) => Data | Promise<Data>;
}

/** What happens on sockets. A handler that throws closes its socket with 1011; the process lives. */
export interface SocketHandlers<
  Row extends object = DjangoUserRow,
  Data = undefined,
  Anonymous extends AnonymousRule = false,
> extends UpgradeOptions<Row, Data, Anonymous> {
  /** The paths that take sockets, such as `/live`, exact and no patterns; other upgrades reach `fetch`. Every path if not given. */
  path?: string | readonly string[];
  /**
   * How a refusal is sent: `"close"` (the default) accepts and closes with a code and a reason, which a page can read;
   * `"http"` answers with an HTTP status (401, 403, 429, 503 …), which browsers hide from the page.
   */
  rejectWith?: "close" | "http";
  /**
   * Where a page redeems the claim of a `socket.login()`, on the same server and, if the session's cookie has a path,
   * below it; `/.djauth/claim` if not given, `null` for nowhere.
   */
  claimPath?: string | null;
  /**
   * Whether a client without a login may bring an access token with its first message,
   * `{"type":"djauth.authenticate","token":"…"}`, within so many seconds (`sockets.authenticationDeadline`
   * if not given, and at most 300). Until then nothing of the
   * application happens on the connection. A token or ticket that comes with the upgrade is judged alone. A client
   * that stays silent is closed with what is wrong with the login in its cookies, or with 4408 `authentication_timeout`
   * where it brought none. On a socket that is open with a user already, a good token of the same user is answered and
   * changes nothing. No message of the family `djauth.` reaches `message`, as with `tokenRefresh`. Only with the option
   * `jwt`, and not beside `anonymous: true`, which lets everybody in at once.
   */
  firstMessage?: boolean | { deadline?: number };
  /**
   * Whether a client may bring a newer access token, `{"type":"djauth.refresh","token":"…"}`, to a socket that rests on
   * one. Text of up to 20,000 characters that is a JSON object whose `type` begins with `djauth.` then never reaches
   * `message`; one that is not switched on is refused.
   */
  tokenRefresh?: boolean;
  /** The socket is open. */
  open?: (socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>) => void | Promise<void>;
  /** A message came: text, or bytes. */
  message?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    data: string | Uint8Array<ArrayBuffer>,
  ) => void | Promise<void>;
  /** The socket has closed; 1006 when the connection just ended. */
  close?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    code: number,
    reason: string,
  ) => void | Promise<void>;
  /**
   * A column of the user has changed in the database: `socket.user` is the user as known by now, `before` as known until
   * now. Close the socket here when the new one may not stay.
   */
  onIdentityChange?: (
    socket: DjangoSocket<Row, Data, SocketUser<Row, Anonymous>>,
    before: SocketUser<Row, Anonymous>,
  ) => void | Promise<void>;
  /** The most bytes of a message, 16 MiB if not given; a larger one closes with 1009. */
  maxPayloadLength?: number;
  /**
   * Seconds without a sign of life after which a socket closes; 120 if not given, 0 for never. Bun takes whole ones, 8 to
   * 960, and makes 8 of fewer.
   */
  idleTimeout?: number;
}
