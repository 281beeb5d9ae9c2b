/**
 * The events that djauth emits, typed, for logs and metrics. No event contains a secret. The default listener is in
 * `console.ts`, the protection against failing listeners in `listeners.ts`.
 */

import type { AuthenticationCode, ErrorCode, LimitCode, RefusalCode } from "../../error_codes.ts";
import type { DjauthError } from "../../errors.ts";
import type { UnreadableCode } from "../../session/codec.ts";
import type { UserId } from "../../users/user_table.ts";

/** The options that limit the number of sockets, or of concurrent upgrades. */
export type SocketLimit =
  | "sockets.max"
  | "sockets.maxPerAddress"
  | "sockets.maxPerSession"
  | "sockets.maxPerUser"
  | "sockets.maxAuthenticating";

/** What is wrong with a live session: its signature, its data, or the backend or user id in them. */
export type SessionTroubleCode = UnreadableCode | "backend_unknown" | "user_id_malformed";

/** An event. */
export type AuthEvent =
  | {
    /** A request or an upgrade was refused. */
    readonly type: "auth.rejected";
    /** Why. */
    readonly code: RefusalCode | ErrorCode;
    /** The requested path, without the query. */
    readonly path: string;
  }
  | {
    /** A login, or an old password, was refused. Without the username: people type their password into its field. */
    readonly type: "auth.failed";
    /** Why, which is not disclosed to the client of a login. */
    readonly code: AuthenticationCode;
  }
  | {
    /** The database, or `jwt.jwkUrl`, did not answer within its deadline; the client was told to try again. */
    readonly type: "auth.unavailable";
    /** The error, with its `cause`. */
    readonly error: DjauthError;
  }
  | {
    /** A login was refused because of overload; the client was told to try again. */
    readonly type: "auth.limited";
    /** `server_busy`: more passwords are waiting to be hashed than `passwords.maxWaiting`. */
    readonly code: "server_busy";
  }
  | {
    /** An upgrade was refused because there are too many, or the oldest socket was closed in favour of a new one. */
    readonly type: "auth.limited";
    /** The code sent to the client. */
    readonly code: LimitCode;
    /** The option whose limit was reached. */
    readonly limit: SocketLimit;
    /**
     * The user id, or the address as it is counted (`203.0.113.7`, `2001:db8:0:1::/64`), for limits per user or
     * address. A proxy's address here means that `sockets.trustedProxies` is missing; `unknown` stands for visitors
     * without an address.
     */
    readonly whose: string | null;
  }
  | {
    /**
     * A refresh token was used again after its rotation, to refresh or to log out: an attacker may have a copy. At a
     * logout, its descendants were blacklisted; with `jwt.revokeOnReuse`, all refresh and sliding tokens of the user.
     */
    readonly type: "token.reused";
    /**
     * The user id, or the value of `jwt.userIdField` in the type of its column; `null` if the claim is not such a
     * value.
     */
    readonly userId: UserId | null;
    /** The number of tokens that were blacklisted because of it. */
    readonly revoked: number;
  }
  | {
    /**
     * A live session was not accepted because of its stored data: usually, an option differs from the Django site.
     * Emitted at most once a minute for each code.
     */
    readonly type: "session.trouble";
    /**
     * `bad_signature`: `secretKey`, `secretKeyFallbacks` or `session.keySalt` differs. The session counts as empty, and
     * is replaced if a handler saves it.
     * `undecodable`: the signature is valid, but the data are not JSON, as with another `SESSION_SERIALIZER`. The
     * session counts as empty as well.
     * `backend_unknown`: the data are kept, but nobody is signed in, since the session's backend is not one of
     * `authenticationBackends`.
     * `user_id_malformed`: the data are kept, but nobody is signed in, since the user id is not a key of the type that
     * the option `users` declares.
     */
    readonly code: SessionTroubleCode;
  }
  | {
    /**
     * A setting is probably missing or wrong, or something is not installed: for example, an Origin was refused that is
     * probably the site's own, a Secure cookie was sent over plain HTTP, or triggers are missing that the
     * `identityCache` needs. Each hint is emitted once; for Origins, once per host and cause, for a few hosts in total;
     * for password hashes that cannot be checked, once per algorithm.
     */
    readonly type: "settings.hint";
    /** What went wrong, and which option helps or what else to do. */
    readonly hint: string;
  }
  | {
    /** A socket has opened. */
    readonly type: "socket.opened";
    /** Its `socket.id`. */
    readonly socketId: string;
    /** Its user; `null` for an anonymous one. */
    readonly userId: UserId | null;
  }
  | {
    /** A socket has closed. */
    readonly type: "socket.closed";
    /** Its `socket.id`. */
    readonly socketId: string;
    /** Its user at the end; `null` for an anonymous one. */
    readonly userId: UserId | null;
    /** The close code, from either side; 1006 if the connection broke. */
    readonly code: number;
    /** The close reason. A client may have written it. */
    readonly reason: string;
  }
  | {
    /** A socket was closed because its login has ended, or the one in `djauth.refresh` was refused. */
    readonly type: "auth.revoked";
    /** Why. */
    readonly code: RefusalCode;
    /**
     * How it was noticed: by expiry, by re-validation, by the feed, because this node ended it itself, or by a message
     * of the client.
     */
    readonly occasion: "expiry" | "revalidation" | "feed" | "node" | "message";
    /** The user of the login. */
    readonly userId: UserId;
    /** The socket's `id`. */
    readonly socketId: string;
    /** Milliseconds from the notice to the close frame. */
    readonly milliseconds: number;
  }
  | {
    /** All live sockets were re-validated, with an answer from the database. */
    readonly type: "sockets.revalidated";
    /** The number of sockets. */
    readonly sockets: number;
    /** The duration in milliseconds. */
    readonly milliseconds: number;
  }
  | {
    /** `auth.sockets.disconnect` was called, here or on another node, and this node has closed the matching sockets. */
    readonly type: "sockets.disconnected";
    /** How the sockets were selected. */
    readonly by: "user" | "session" | "socket" | "token";
    /** The number of sockets closed on this node. */
    readonly closed: number;
  }
  | {
    /** `auth.sockets.drain` has finished: all sockets have closed, or are closing. */
    readonly type: "sockets.drained";
    /** The number of sockets that it closed. */
    readonly closed: number;
    /** The duration in milliseconds. */
    readonly milliseconds: number;
  }
  | {
    /** The feed was lost: until it is back, only re-validation notices ended logins. Emitted once. */
    readonly type: "feed.lost";
    /** Why. */
    readonly error: DjauthError;
  }
  | {
    /** The feed is live, for the first time or again; everything is re-validated. */
    readonly type: "feed.restored";
    /** Milliseconds without the feed. */
    readonly milliseconds: number;
  }
  | {
    /** Application code threw; the request got 500, the socket was closed with 1011. */
    readonly type: "error";
    /**
     * Where. `upgrade`: the login of an upgrade could not be looked up, as without Django's tables. `routes`: a handler
     * in Bun's `routes` upgraded a request itself, on a server whose sockets are djauth's. `revalidation`: a look-up
     * for one live socket threw although the database responds, as for an unreadable row. It is retried; if it still
     * throws after `sockets.outageGrace`, that socket closes with 1011.
     */
    readonly where:
      | "fetch"
      | "finish"
      | "upgrade"
      | "anonymous"
      | "condition"
      | "data"
      | "open"
      | "message"
      | "close"
      | "drain"
      | "ping"
      | "pong"
      | "identityChange"
      | "routes"
      | "revalidation";
    /** The thrown value. */
    readonly error: unknown;
  };

/** Receives every event; what it throws is ignored, so that a logger cannot fail a request. */
export type EventListener = (event: AuthEvent) => void;
