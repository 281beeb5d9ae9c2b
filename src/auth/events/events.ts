/**
 * What djauth tells about itself: typed events for logs and counters. No event carries a secret. The listener of a site
 * that gave none is in `console.ts`, and what keeps a listener from doing harm in `listeners.ts`.
 */

import type { AuthenticationCode, ErrorCode, LimitCode, RefusalCode } from "../../error_codes.ts";
import type { UnreadableCode } from "../../session/codec.ts";
import type { UserId } from "../../users/user_table.ts";

/** The options that say how many sockets there may be, or how many upgrades at a time. */
export type SocketLimit =
  | "sockets.max"
  | "sockets.maxPerAddress"
  | "sockets.maxPerSession"
  | "sockets.maxPerUser"
  | "sockets.maxAuthenticating";

/** What is wrong with a living session: its signature, its data, or the backend or user id in them. */
export type SessionTroubleCode = UnreadableCode | "backend_unknown" | "user_id_malformed";

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
    /** A login, or an old password, was refused. The name is not told: people type their password into its field. */
    readonly type: "auth.failed";
    /** Why, which the client of a login is not told. */
    readonly code: AuthenticationCode;
  }
  | {
    /** The database, or `jwt.jwkUrl`, did not answer within its deadline; the client was told to try again. */
    readonly type: "auth.unavailable";
    /** What was thrown, with what led to it as its `cause`. */
    readonly error: unknown;
  }
  | {
    /** Something was refused because there is too much of it; the client was told to try again. */
    readonly type: "auth.limited";
    /** `server_busy`: more passwords wait to be hashed than `passwords.maxWaiting`. */
    readonly code: "server_busy";
  }
  | {
    /** An upgrade was refused because there are too many, or the oldest socket made room for a new one. */
    readonly type: "auth.limited";
    /** What the client was told. */
    readonly code: LimitCode;
    /** The option whose number was reached. */
    readonly limit: SocketLimit;
    /**
     * The user's id, or the address as it is counted (`203.0.113.7`, `2001:db8:0:1::/64`), for the limits that tell those
     * apart. A proxy's address here means that `sockets.trustedProxies` is missing; `unknown` stands for visitors without one.
     */
    readonly whose: string | null;
  }
  | {
    /**
     * A refresh token was used that was rotated already, for new tokens or a logout: an attacker may have a copy. At a logout,
     * what came of it has ended; with `jwt.revokeOnReuse`, all refresh and sliding tokens of the user.
     */
    readonly type: "token.reused";
    /** The user's id, or what `jwt.userIdField` names the user by, with the type of its column; `null` for no such value. */
    readonly userId: UserId | null;
    /** How many tokens were blacklisted for it. */
    readonly revoked: number;
  }
  | {
    /**
     * A living session signs nobody in because of what is stored in it: as a rule, an option is not as in the Django site.
     * Each code is told once a minute at most.
     */
    readonly type: "session.trouble";
    /**
     * `bad_signature`: `secretKey`, `secretKeyFallbacks` or `session.keySalt` is another one. The session counts as empty, and
     * what a handler saves replaces it.
     * `undecodable`: the signature is right, but the data are no JSON, as with another `SESSION_SERIALIZER`. The session counts
     * as empty as well.
     * `backend_unknown`: the data are kept, but nobody is signed in, since the session names a backend that is not one of
     * `authenticationBackends`.
     * `user_id_malformed`: the data are kept, but nobody is signed in, since the user id is no key of the type that the
     * option `users` declares.
     */
    readonly code: SessionTroubleCode;
  }
  | {
    /**
     * A setting is probably missing, or another one is meant, or something is not installed: such as an Origin that was refused
     * and may well be the site's own, a Secure cookie that went out over plain HTTP, or triggers that the `identityCache` needs.
     * Each is told once, an Origin once for each host and cause, of a few hosts in all.
     */
    readonly type: "settings.hint";
    /** What went wrong, and which option would help, or what to do instead. */
    readonly hint: string;
  }
  | {
    /** A socket is open. */
    readonly type: "socket.opened";
    /** Its `socket.id`. */
    readonly socketId: string;
    /** Who opened it; `null` on an anonymous one. */
    readonly userId: UserId | null;
  }
  | {
    /** A socket has closed. */
    readonly type: "socket.closed";
    /** Its `socket.id`. */
    readonly socketId: string;
    /** Whose it was at the end; `null` on an anonymous one. */
    readonly userId: UserId | null;
    /** The close code, of either side; 1006 when the connection just ended. */
    readonly code: number;
    /** The close reason. A client may have written it. */
    readonly reason: string;
  }
  | {
    /** The login that a socket rested on has ended, or the one in `djauth.refresh` was refused, and so has the socket. */
    readonly type: "auth.revoked";
    /** Why. */
    readonly code: RefusalCode;
    /**
     * How it was noticed: by the clock, by a round of re-validation, by the feed, as this node did it itself, or by a
     * message of the client's.
     */
    readonly occasion: "expiry" | "revalidation" | "feed" | "node" | "message";
    /** Whose login. */
    readonly userId: UserId;
    /** The socket's `id`. */
    readonly socketId: string;
    /** Milliseconds from the notice to the close frame. */
    readonly milliseconds: number;
  }
  | {
    /** All live sockets were looked at, and the database answered. */
    readonly type: "sockets.revalidated";
    /** How many there were. */
    readonly sockets: number;
    /** Milliseconds that it took. */
    readonly milliseconds: number;
  }
  | {
    /** `auth.sockets.disconnect` was called, here or on another node, and this node has closed what it meant. */
    readonly type: "sockets.disconnected";
    /** By what the sockets were named. */
    readonly by: "user" | "session" | "socket" | "token";
    /** How many were closed on this node. */
    readonly closed: number;
  }
  | {
    /** `auth.sockets.drain` is over: all sockets have ended, or were told to. */
    readonly type: "sockets.drained";
    /** How many it has closed. */
    readonly closed: number;
    /** Milliseconds that it took. */
    readonly milliseconds: number;
  }
  | {
    /** The feed was lost: until it is back, re-validation alone keeps sockets true. Told once. */
    readonly type: "feed.lost";
    /** Why. */
    readonly error: unknown;
  }
  | {
    /** The feed is live, for the first time or again; everything is looked at once more. */
    readonly type: "feed.restored";
    /** Milliseconds without it. */
    readonly milliseconds: number;
  }
  | {
    /** Code of yours threw; a request got 500, a socket closed with 1011. */
    readonly type: "error";
    /**
     * Where. `routes`: a handler in Bun's `routes` upgraded a request by itself, on a server whose sockets are djauth's.
     * `revalidation`: a look-up for one live socket threw although the database answers, as for a row that cannot be
     * read. It is tried again; when it still throws after `sockets.outageGrace`, that socket closes with 1011.
     */
    readonly where:
      | "fetch"
      | "finish"
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
    /** What it threw. */
    readonly error: unknown;
  };

/** Gets every event; what it throws is swallowed, so that a logger cannot end a request. */
export type EventListener = (event: AuthEvent) => void;
