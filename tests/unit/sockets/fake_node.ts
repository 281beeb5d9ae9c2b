/**
 * A socket node whose time, stores and feed are controlled by the test. Everything between them is real: socket,
 * connection, registry, revalidation, expiry, hints and orders.
 */

import type { AuthCore } from "../../../src/auth/core/core.ts";
import type { SocketServices } from "../../../src/auth/core/socket_services.ts";
import type { AuthEvent } from "../../../src/auth/events/events.ts";
import type { SocketsOptions } from "../../../src/auth/options/options.ts";
import { createCore } from "../../../src/auth/core/create_core.ts";
import { hash } from "../../../src/crypto/hmac.ts";
import { DatabaseUnavailable } from "../../../src/errors.ts";
import type { Feed, FeedHandlers } from "../../../src/feed.ts";
import { toHex, utf8 } from "../../../src/internal/bytes.ts";
import { SessionPayload } from "../../../src/session/payload.ts";
import type { SessionStore, StoredSession } from "../../../src/session/store.ts";
import { SessionBasis } from "../../../src/sockets/socket/session_basis.ts";
import { SocketNode } from "../../../src/sockets/node/node.ts";
import type { SocketHandlers } from "../../../src/sockets/socket/options.ts";
import { DjangoSocket, type SocketTransport } from "../../../src/sockets/socket/socket.ts";
import { SocketConnection } from "../../../src/sockets/connection/socket_connection.ts";
import type { UserRecord, UserStore } from "../../../src/users/store.ts";
import type { User } from "../../../src/users/user.ts";
import type { DjangoUserRow } from "../../../src/users/user_table.ts";
import { MemoryDatabase } from "../auth/memory_database.ts";
import { FakeTime } from "../databases/fake_time.ts";

const SECRET_KEY = "the key of sockets in memory";
const BACKEND = "django.contrib.auth.backends.ModelBackend";
/** The start of the fake time, in milliseconds since the epoch. */
export const EPOCH = Date.UTC(2026, 0, 1);
/** A day, in milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;

/** Options of a fake node. */
export interface FakeNodeOptions {
  /** Seconds; 30 if not given. */
  readonly revalidateInterval?: number;
  /** Seconds; 300 if not given. */
  readonly outageGrace?: number;
  /** Whether there is a feed; `false` if not given. */
  readonly hasFeed?: boolean;
  /** The value of every random byte; 255 if not given, which gives the longest pauses. */
  readonly randomByte?: number;
  readonly handlers?: SocketHandlers<DjangoUserRow, undefined, true>;
  /** Further options. */
  readonly sockets?: SocketsOptions;
}

/** The runtime's side of a socket. */
export class FakeTransport implements SocketTransport {
  readyState = 1;
  /** How the server closed it. */
  end: readonly [code: number, reason: string] | null = null;
  readonly sent: unknown[] = [];

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(code: number = 1005, reason: string = ""): void {
    this.readyState = 2;
    this.end ??= [code, reason];
  }
}

/** An open socket with its connection and its transport. */
export interface FakeSocket {
  readonly connection: SocketConnection<DjangoUserRow, undefined, true>;
  readonly socket: DjangoSocket<DjangoUserRow, undefined, User | null>;
  readonly transport: FakeTransport;
  /** Reports the end of the connection, as the runtime does. */
  gone(code?: number, reason?: string): void;
}

/** The feed of a node, which delivers the messages of the test. */
export class FakeFeed implements Feed {
  readonly nodeId = "thisNode00000000";
  readonly handlers: FeedHandlers;
  /** What this node sent. */
  readonly sent: string[] = [];
  isLive = false;
  knowsAll = false;
  others: string[] = [];
  isClosed = false;

  constructor(handlers: FeedHandlers) {
    this.handlers = handlers;
  }

  nodes(): string[] {
    return [this.nodeId, ...this.others];
  }

  notify(payload: string): Promise<void> {
    if (!this.isLive) return Promise.reject(new DatabaseUnavailable("The feed is not live"));
    this.sent.push(payload);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  restore(): void {
    this.isLive = true;
    this.handlers.onRestored();
  }

  lose(): void {
    this.isLive = false;
    this.handlers.onLost(new DatabaseUnavailable("lost"));
  }

  say(payload: string): void {
    this.handlers.onMessage(payload);
  }
}

/** A socket node with fake time, stores and feed. */
export class FakeNode {
  readonly time: FakeTime = new FakeTime();
  readonly events: AuthEvent[] = [];
  readonly node: SocketNode<DjangoUserRow>;
  readonly core: AuthCore<DjangoUserRow>;
  readonly services: SocketServices;
  feed: FakeFeed | null = null;
  /** Thrown by every query of the stores. */
  fault: Error | null = null;
  /** Thrown by queries for these session keys and user ids. */
  readonly faults: Map<string | number, Error> = new Map();
  /** Milliseconds that each query of the stores takes. */
  latency = 0;
  /** The session keys and user ids that were queried, in order. */
  readonly asked: (string | number)[] = [];
  readonly #sessions = new Map<string, StoredSession>();
  readonly #users = new Map<number, UserRecord>();
  readonly #handlers: SocketHandlers<DjangoUserRow, undefined, true>;

  constructor(options: FakeNodeOptions = {}) {
    const { revalidateInterval = 30, outageGrace = 300, hasFeed = false, randomByte = 255 } = options;
    this.#handlers = options.handlers ?? {};
    const { core, socketServices } = createCore<DjangoUserRow>({
      secretKey: SECRET_KEY,
      database: new MemoryDatabase(),
      sockets: {
        revalidateInterval,
        outageGrace,
        feed: hasFeed && ((handlers) => this.feed = new FakeFeed(handlers)),
        ...options.sockets,
      },
      clock: { now: () => EPOCH + this.time.now() },
      timers: this.time,
      randomBytes: (length) => new Uint8Array(length).fill(randomByte),
      onEvent: (event) => void this.events.push(event),
    });
    const load = (key: string): Promise<StoredSession | null> => this.#ask(this.#sessions, key);
    const findById = (id: number): Promise<UserRecord | null> => this.#ask(this.#users, id);
    this.core = {
      ...core,
      // Open sockets use no other methods of these stores.
      sessions: { load } as SessionStore,
      users: { findById } as UserStore,
    };
    this.services = socketServices;
    this.node = new SocketNode(this.core, this.services);
  }

  /** Adds a user with this id, or changes columns of an existing one. */
  setUser(id: number, columns: Partial<DjangoUserRow> & { password?: string } = {}): void {
    const { password, ...others } = columns;
    const known = this.#users.get(id);
    const row = {
      id,
      ...{ username: `user-${id}`, first_name: "", last_name: "", email: "" },
      ...{ is_staff: false, is_active: true, is_superuser: false, last_login: null },
      date_joined: new Date(EPOCH),
      ...known?.row,
      ...others,
    };
    this.#users.set(id, { row, password: password ?? known?.password ?? "the first password" });
  }

  deleteUser(id: number): void {
    this.#users.delete(id);
  }

  /** Adds a session that expires `end` milliseconds after `EPOCH`; it is anonymous without a user id. */
  setSession(key: string, userId: number | null, end: number = 14 * DAY): void {
    const hash = this.core.sessionHash.make(this.#users.get(userId ?? 0)?.password ?? "");
    const data = userId === null
      ? {}
      : { _auth_user_id: String(userId), _auth_user_backend: BACKEND, _auth_user_hash: hash };
    const payload = SessionPayload.fromText(JSON.stringify(data))!;
    this.#sessions.set(key, { payload, expireDate: new Date(EPOCH + end) });
  }

  /** Moves the expiry of a session, as Django does when it saves one. */
  extendSession(key: string, end: number): void {
    this.#sessions.set(key, { ...this.#sessions.get(key)!, expireDate: new Date(EPOCH + end) });
  }

  deleteSession(key: string): void {
    this.#sessions.delete(key);
  }

  /** Opens a socket of a user, who is added if missing, on a new session. */
  visit(userId: number, key: string = `session-of-${userId}`, end?: number): FakeSocket {
    if (!this.#users.has(userId)) this.setUser(userId);
    this.setSession(key, userId, end);
    return this.open(userId, key);
  }

  /** Opens a socket on an existing session, or without one. */
  open(userId: number | null, key: string | null): FakeSocket {
    return this.accept(userId, key)();
  }

  /** Accepts an upgrade. @returns a function that opens its socket */
  accept(userId: number | null, key: string | null): () => FakeSocket {
    const attempt = this.node.attempts.begin(this.node.newsCount);
    const stored = key === null ? undefined : this.#sessions.get(key);
    const socket = new DjangoSocket<DjangoUserRow, undefined, User | null>({
      core: this.core,
      user: userId === null ? null : this.core.userOf(this.#users.get(userId)!),
      data: undefined,
      protocol: "",
      basis: stored === undefined ? null : new SessionBasis(this.core, key!, stored.expireDate),
      session: undefined,
      mayBeAnonymous: true,
      binding: 0,
    });
    const connection = new SocketConnection<DjangoUserRow, undefined, true>(
      socket,
      this.#handlers,
      this.node,
      attempt,
    );
    const transport = new FakeTransport();
    return () => {
      connection.opened(transport);
      return {
        connection,
        socket,
        transport,
        gone(code = 1006, reason = "") {
          transport.readyState = 3;
          connection.closed(code, reason);
        },
      };
    };
  }

  /** Closes the node, as `auth.close()` does. */
  async close(): Promise<void> {
    this.node.close();
    await this.services.feed.close();
  }

  /** The events of a type. */
  told<Type extends AuthEvent["type"]>(type: Type): Extract<AuthEvent, { type: Type }>[] {
    return this.events.filter((event) => event.type === type) as Extract<AuthEvent, { type: Type }>[];
  }

  async #ask<Key extends string | number, Row>(rows: Map<Key, Row>, key: Key): Promise<Row | null> {
    this.asked.push(key);
    // The row as it was when the query started, like a snapshot of the database.
    const row = rows.get(key) ?? null;
    const { fault, latency } = this;
    if (latency > 0) await new Promise<void>((resolve) => void this.time.after(latency, resolve));
    if (fault !== null) throw fault;
    if (this.faults.has(key)) throw this.faults.get(key)!;
    return row;
  }
}

/** The notification of the triggers for deleted sessions. */
export function sessionsMessage(...keys: string[]): string {
  return `sessions ${keys.map((key) => toHex(hash("sha256", utf8(key))).slice(0, 12)).join("")}`;
}
