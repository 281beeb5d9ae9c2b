/**
 * Which sessions were found to be whose, within bounds of memory. A memory forgets what it is told to forget; whether it may
 * be believed is decided in `identity_cache.ts`.
 */

import { shortHash } from "../../crypto/short_hash.ts";
import { detached } from "../../internal/bytes.ts";
import { isSameValue } from "../../users/column_values.ts";
import type { UserRecord } from "../../users/store.ts";
import type { UserId } from "../../users/user_table.ts";

/** A session that signs somebody in: its row, user and password were looked at together, and nothing was wrong. */
export interface KnownSession<Row extends object> {
  readonly record: UserRecord<Row>;
  /** When the session ends. */
  readonly expireDate: Date;
}

/** A user, for all sessions that are this user's. */
interface KeptUser<Row extends object> {
  readonly record: UserRecord<Row>;
  /** When the row was last asked for, in milliseconds. */
  readAt: number;
  /** Whether it was forgotten, and with it every session that points here. */
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
 * One of the two halves. Whatever is kept in a half can be found there by all names that it may be forgotten by: what could
 * not be forgotten any more must not be known any more.
 */
class Generation<Row extends object> {
  readonly sessions: Map<string, KeptSession<Row>> = new Map();
  readonly hashes: Map<number, KeptSession<Row>> = new Map();
  readonly users: Map<string, KeptUser<Row>> = new Map();
}

/** A bounded memory of two generations: a hit is one look-up in one Map, without the bookkeeping of an LRU. */
export class IdentityMemory<Row extends object> {
  readonly #entries: number;
  readonly #nameOf: (record: UserRecord<Row>) => string;
  #young = new Generation<Row>();
  #old = new Generation<Row>();

  /**
   * @param entries how many sessions, and users, are kept at least; there are at most twice as many
   * @param primaryKey the column that users are named by
   */
  constructor(entries: number, primaryKey: keyof Row & string) {
    this.#entries = entries;
    this.#nameOf = ({ row }) => nameOfUser(row[primaryKey] as UserId);
  }

  /** A session that was kept after this moment. */
  session(sessionKey: string, since: number): KnownSession<Row> | null {
    const recent = this.#young.sessions.get(sessionKey);
    const kept = recent ?? this.#old.sessions.get(sessionKey);
    if (kept === undefined || kept.isForgotten || kept.user.isForgotten || kept.readAt < since) return null;
    return recent === undefined && !this.#promote(kept) ? null : kept;
  }

  /** A user whose row was read after this moment. */
  user(id: UserId, since: number): UserRecord<Row> | null {
    const name = nameOfUser(id);
    const kept = this.#young.users.get(name) ?? this.#old.users.get(name);
    return kept === undefined || kept.isForgotten || kept.readAt < since ? null : kept.record;
  }

  /** Keeps a session, and its user. */
  keepSession(sessionKey: string, expireDate: Date, record: UserRecord<Row>, readAt: number): void {
    const user = this.keepUser(record, readAt);
    const kept = {
      // The whole Cookie header that it was cut from would be kept with it: many kilobytes in the place of one.
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
    // The sessions that point at it were judged by this very row: they stay what they are.
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

  /** Forgets a user, and whatever rests on that. */
  forgetUser(id: UserId): void {
    for (const { users } of [this.#young, this.#old]) forget(users.get(nameOfUser(id)));
  }

  /** Forgets everything. */
  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
  }

  /** Takes an entry over from the older half; `false` where the younger one has another row of that user by now. */
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
    // Of two keys with one hash, only the later one could be forgotten by it.
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

/** As the feed names users: the text form of their primary key. */
function nameOfUser(id: UserId): string {
  return String(id);
}

/** Whether two rows of a user are the same in all that was read of them. */
function isSameRecord<Row extends object>(one: UserRecord<Row>, other: UserRecord<Row>): boolean {
  return one.password === other.password &&
    Object.entries(one.row).every(([name, value]) => isSameValue(value, other.row[name as keyof Row]));
}
