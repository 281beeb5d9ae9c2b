/**
 * How many sockets there may be: on the node, from an address, on a session, of a user. Who wants one takes its places
 * before anything is waited for, so that of many at once no more get through than may.
 */

import type { SocketLimit } from "../../auth/events/events.ts";
import { Groups } from "../../internal/groups.ts";

/** Who holds places. */
export interface PlaceHolder {
  /** Another one came, and the place of this one went to it. */
  replaced(limit: SocketLimit, key: string): void;
}

/** What the limits are. */
export interface LimitOptions {
  /** How many there may be for each value that a limit tells apart; a limit that is not there does not count. */
  readonly limits: ReadonlyMap<SocketLimit, number>;
  /** Whether the oldest makes room for the newest. */
  readonly replaces: boolean;
}

/**
 * Connections that were told to close and have not ended may be as many as the limit, and at least this: whoever comes back
 * from another network need not wait for the end of a connection that is dead already.
 */
const LEAVING = 8;

/** Where the holder of a place stands. */
type Stage = "deciding" | "accepted" | "leaving";

/** The places of one limit, by whom or what it tells apart. */
class Table {
  readonly name: SocketLimit;
  readonly limit: number;
  /** Among the tables of a node. */
  readonly index: number;
  readonly #replaces: boolean;
  /** Upgrades that nothing is decided about yet. */
  readonly deciding: Groups<string, Places> = new Groups();
  /** Sockets, open or about to be. */
  readonly accepted: Groups<string, Places> = new Groups();
  /** Refused or told to close: a client that ignores that holds a connection all the same. */
  readonly leaving: Groups<string, Places> = new Groups();

  constructor(name: SocketLimit, limit: number, index: number, replaces: boolean) {
    this.name = name;
    this.limit = limit;
    this.index = index;
    this.#replaces = replaces;
  }

  get size(): number {
    return this.deciding.size + this.accepted.size + this.leaving.size;
  }

  /** Whether no more may come. */
  isFull(key: string): boolean {
    const leaving = this.leaving.count(key);
    if (this.#replaces) return leaving >= Math.max(this.limit, LEAVING);
    return this.deciding.count(key) + this.accepted.count(key) + leaving >= this.limit;
  }

  /**
   * The oldest undecided upgrade, which gives its place to a new one; an open socket is only replaced once the new one is
   * accepted.
   */
  oldestUndecided(key: string): Places | undefined {
    const isCrowded = this.#replaces && this.deciding.count(key) >= this.limit;
    return isCrowded ? this.deciding.first(key) : undefined;
  }

  /** The oldest goes, where there are as many as may be. */
  makeRoom(key: string): void {
    this.oldestAccepted(key)?.giveWay(this.name, key);
  }

  /** Who has to go when one more is accepted. */
  oldestAccepted(key: string): Places | undefined {
    const isCrowded = this.#replaces && this.accepted.count(key) >= this.limit;
    return isCrowded ? this.accepted.first(key) : undefined;
  }
}

/** The limits of a node. */
export class SocketLimits {
  readonly #tables: Map<SocketLimit, Table>;

  /** Nothing is kept for a limit that is not there. */
  constructor({ limits, replaces }: LimitOptions) {
    this.#tables = new Map(
      [...limits].map(([name, limit], index) => [name, new Table(name, limit, index, replaces)]),
    );
  }

  /** How many are told apart by now, over all limits. */
  get size(): number {
    return [...this.#tables.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether something counts at all. */
  has(name: SocketLimit): boolean {
    return this.#tables.has(name);
  }

  /** The places of an upgrade that has none yet. */
  placesFor(holder: PlaceHolder): Places {
    return new Places(this.#tables, holder);
  }
}

/** The places that one upgrade, and then its socket, holds. */
export class Places {
  readonly #tables: ReadonlyMap<SocketLimit, Table>;
  readonly #holder: PlaceHolder;
  /** What each is held for, by the index of its table: a list of names alone, since it lives as long as the socket. */
  readonly #held: (string | undefined)[] = [];
  #stage: Stage = "deciding";

  constructor(tables: ReadonlyMap<SocketLimit, Table>, holder: PlaceHolder) {
    this.#tables = tables;
    this.#holder = holder;
  }

  /** Takes a place; `false` when there is none. Where the oldest makes room, that is another who is undecided. */
  take(name: SocketLimit, key: string): boolean {
    const table = this.#tables.get(name);
    if (table === undefined) return true;
    if (table.isFull(key)) return false;
    const other = table.oldestUndecided(key);
    if (other !== undefined) {
      other.release();
      other.#holder.replaced(name, key);
    }
    this.#hold(table, key);
    return true;
  }

  /** The upgrade may happen: the oldest make room. The limit at which they cannot, or `null`. */
  accept(): { limit: SocketLimit; key: string } | null {
    for (const [table, key] of this.#all()) {
      if (table.oldestAccepted(key) !== undefined && table.isFull(key)) return { limit: table.name, key };
    }
    for (const [table, key] of this.#all()) table.makeRoom(key);
    this.#moveTo("accepted");
    return null;
  }

  /** Counts for another one from now on, or for nobody; `false` when there is no place there. */
  move(name: SocketLimit, key: string | null): boolean {
    const table = this.#tables.get(name);
    if (table === undefined) return true;
    if (key !== null && this.#held[table.index] === key) return true;
    this.drop(name);
    if (key === null) return true;
    if (table.isFull(key)) return false;
    table.makeRoom(key);
    this.#hold(table, key);
    return true;
  }

  /** Gives the place of one limit back, if it is held. */
  drop(name: SocketLimit): void {
    const table = this.#tables.get(name);
    const key = table === undefined ? undefined : this.#held[table.index];
    if (key === undefined) return;
    this.#held[table!.index] = undefined;
    table![this.#stage].delete(key, this);
  }

  /** Goes, because another one came. */
  giveWay(name: SocketLimit, key: string): void {
    this.leave();
    this.#holder.replaced(name, key);
  }

  /** Was refused, or told to close: the places are free when the connection has ended. */
  leave(): void {
    this.#moveTo("leaving");
  }

  /** Gives all places back. */
  release(): void {
    for (const [table, key] of this.#all()) {
      this.#held[table.index] = undefined;
      table[this.#stage].delete(key, this);
    }
  }

  #moveTo(stage: Stage): void {
    for (const [table, key] of this.#all()) {
      table[this.#stage].delete(key, this);
      table[stage].add(key, this);
    }
    this.#stage = stage;
  }

  #hold(table: Table, key: string): void {
    table[this.#stage].add(key, this);
    this.#held[table.index] = key;
  }

  *#all(): IterableIterator<[table: Table, key: string]> {
    for (const table of this.#tables.values()) {
      const key = this.#held[table.index];
      if (key !== undefined) yield [table, key];
    }
  }
}
