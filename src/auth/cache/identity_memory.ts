/** A bounded memory of sessions and their users. Whether it may be trusted is decided in `identity_cache.ts`. */

import { shortHash } from "../../crypto/short_hash.ts";
import { detached } from "../../internal/bytes.ts";
import { isSameValue } from "../../users/column_values.ts";
import type { UserRecord } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";

/** A valid session: its row, user and password were checked together. */
export interface KnownSession<Row extends object> {
  readonly record: UserRecord<Row>;
  /** When the session expires. */
  readonly expireDate: Date;
}

/** A user, shared by all of the user's sessions. */
interface KeptUser<Row extends object> {
  readonly record: UserRecord<Row>;
  /** When the row was last queried, in milliseconds. */
  readAt: number;
  /** Whether it was forgotten, together with every session that refers to it. */
  isForgotten: boolean;
}

interface KeptSession<Row extends object> extends KnownSession<Row> {
  readonly sessionKey: string;
  readonly sessionHash: number;
  readonly user: KeptUser<Row>;
  readonly readAt: number;
  isForgotten: boolean;
}

/**
 * One of the two generations. An entry is indexed there under every name by which it may be forgotten: an entry that
 * could no longer be forgotten must not be found either.
 */
class Generation<Row extends object> {
  readonly sessions: Map<string, KeptSession<Row>> = new Map();
  readonly hashes: Map<number, KeptSession<Row>> = new Map();
  readonly users: Map<string, KeptUser<Row>> = new Map();
}

/** A bounded memory of two generations: a hit is a single Map look-up, without the bookkeeping of an LRU. */
export class IdentityMemory<Row extends object> {
  readonly #entries: number;
  readonly #nameOf: (record: UserRecord<Row>) => string;
  #young = new Generation<Row>();
  #old = new Generation<Row>();

  /**
   * Creates an empty memory.
   *
   * @param entries the number of sessions, and of users, that are kept at least; at most twice as many
   * @param primaryKey the column by which users are identified
   */
  constructor(entries: number, primaryKey: keyof Row & string) {
    this.#entries = entries;
    this.#nameOf = ({ row }) => nameOfUser(row[primaryKey] as UserId);
  }

  /** Returns a session that was read after this time. */
  session(sessionKey: string, since: number): KnownSession<Row> | null {
    const recent = this.#young.sessions.get(sessionKey);
    const kept = recent ?? this.#old.sessions.get(sessionKey);
    if (kept === undefined || kept.isForgotten || kept.user.isForgotten || kept.readAt < since) return null;
    return recent === undefined && !this.#promote(kept) ? null : kept;
  }

  /** Returns a user whose row was read after this time. */
  user(id: UserId, since: number): UserRecord<Row> | null {
    const name = nameOfUser(id);
    const kept = this.#young.users.get(name) ?? this.#old.users.get(name);
    return kept === undefined || kept.isForgotten || kept.readAt < since ? null : kept.record;
  }

  /** Keeps a session, and its user. */
  keepSession(sessionKey: string, expireDate: Date, record: UserRecord<Row>, readAt: number): void {
    const user = this.keepUser(record, readAt);
    const kept = {
      // A slice would keep the whole Cookie header alive: many kilobytes instead of one.
      sessionKey: detached(sessionKey),
      sessionHash: shortHash(sessionKey),
      expireDate,
      record: user.record,
      user,
      readAt,
      isForgotten: false,
    };
    this.#insert(kept);
  }

  /** Keeps a user. */
  keepUser(record: UserRecord<Row>, readAt: number): KeptUser<Row> {
    const name = this.#nameOf(record);
    const before = this.#young.users.get(name) ?? this.#old.users.get(name);
    // The sessions that refer to it were validated with this very row: they remain valid.
    const isSame = before !== undefined && !before.isForgotten && isSameRecord(before.record, record);
    const user = isSame ? before : { record, readAt, isForgotten: false };
    user.readAt = readAt;
    if (!isSame) this.forgetUser(name);
    this.#makeRoom();
    this.#young.users.set(name, user);
    return user;
  }

  /** Forgets the session with this key. */
  forgetSession(sessionKey: string): void {
    for (const { sessions } of [this.#young, this.#old]) forget(sessions.get(sessionKey));
  }

  /** Forgets the session whose key has this short hash. */
  forgetHash(sessionHash: number): void {
    for (const { hashes } of [this.#young, this.#old]) forget(hashes.get(sessionHash));
  }

  /** Forgets a user, and with it the user's sessions. */
  forgetUser(id: UserId): void {
    for (const { users } of [this.#young, this.#old]) forget(users.get(nameOfUser(id)));
  }

  /** Forgets everything. */
  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }

  /** Moves an entry to the young generation; `false` if that already has a different row of the user. */
  #promote(kept: KeptSession<Row>): boolean {
    const name = this.#nameOf(kept.record);
    const user = this.#young.users.get(name);
    if (user !== undefined && user !== kept.user) return false;
    this.#makeRoom();
    this.#young.users.set(name, kept.user);
    this.#insert(kept);
    return true;
  }

  #insert(kept: KeptSession<Row>): void {
    const { sessions, hashes } = this.#young;
    // Of two keys with the same hash, only the later one could be forgotten by hash.
    const other = hashes.get(kept.sessionHash);
    if (other !== undefined && other.sessionKey !== kept.sessionKey) forget(other);
    sessions.set(kept.sessionKey, kept);
    hashes.set(kept.sessionHash, kept);
  }

  #makeRoom(): void {
    const { sessions, users } = this.#young;
    if (sessions.size < this.#entries && users.size < this.#entries) return;
    this.#old = this.#young;
    this.#young = new Generation();
  }
}

function forget(kept: { isForgotten: boolean } | undefined): void {
  if (kept !== undefined) kept.isForgotten = true;
}

/** Returns the name of a user on the feed: the primary key as a string. */
function nameOfUser(id: UserId): string {
  return String(id);
}

/** Returns whether two rows of a user are equal in every column that was read. */
function isSameRecord<Row extends object>(one: UserRecord<Row>, other: UserRecord<Row>): boolean {
  return one.password === other.password &&
    Object.entries(one.row).every(([name, value]) => isSameValue(value, other.row[name as keyof Row]));
}
