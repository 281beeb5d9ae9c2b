/** What a socket needs of its connection. */

/** `SocketNode.newsCount` at two points of a change of login, to notice news that came meanwhile. */
export interface MoveNews {
  /** From before the new login was looked up; `null` if unknown: then the login is rechecked in any case. */
  readonly atLookup: number | null;
  /** When the change began, so that orders missed since still apply; `null` where none can have been missed. */
  readonly atStart: number | null;
}

/** The connection of a socket, which keeps the node's account of it. */
export interface SocketKeeper {
  /** See `SocketNode.newsCount`. */
  readonly newsCount: number;
  /** Whether the socket was told to close. */
  readonly isEnding: boolean;
  /** Puts another login under the socket. */
  move(change: () => void, news: MoveNews): void;
  /** Closes it. */
  end(code: number, reason: string): void;
}
