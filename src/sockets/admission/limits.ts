/**
 * How many sockets there may be: on the node, from an address, on a session, of a user. Who wants one takes its places
 * before anything is waited for, so that of many at once no more get through than may.
 */

import type { SocketLimit } from "../../auth/events/events.ts";
import { CountedPlaces, type LimitTable, OrderedPlaces, type PlaceStage } from "./limit_tables.ts";

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

/** The limits of a node. */
export class SocketLimits {
  readonly #tables: LimitTables;
  /** Those in which it matters where who stands: all, or none. */
  readonly #ordered: readonly OrderedPlaces<Places>[];
  /** What the list of each begins as: one that grew by itself would take room for four times as many. */
  readonly #nothingHeld: readonly undefined[];

  /** Nothing is kept for a limit that is not there. */
  constructor({ limits, replaces }: LimitOptions) {
    const tables = [...limits].map(([name, limit], index) =>
      replaces ? new OrderedPlaces<Places>(name, limit, index) : new CountedPlaces(name, limit, index)
    );
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#ordered = tables.filter((table) => table instanceof OrderedPlaces);
    this.#nothingHeld = tables.map(() => undefined);
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
    return new Places(this.#tables, this.#ordered, this.#nothingHeld, holder);
  }
}

type LimitTables = ReadonlyMap<SocketLimit, LimitTable<Places>>;

/** The places that one upgrade, and then its socket, holds. */
export class Places {
  readonly #tables: LimitTables;
  readonly #ordered: readonly OrderedPlaces<Places>[];
  readonly #holder: PlaceHolder;
  /** What each is held for, by the index of its table: a list of names alone, since it lives as long as the socket. */
  readonly #held: (string | undefined)[];
  #stage: PlaceStage = "deciding";

  constructor(
    tables: LimitTables,
    ordered: readonly OrderedPlaces<Places>[],
    nothingHeld: readonly undefined[],
    holder: PlaceHolder,
  ) {
    this.#tables = tables;
    this.#held = nothingHeld.slice();
    this.#ordered = ordered;
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
    for (const table of this.#ordered) {
      const key = this.#held[table.index];
      if (key !== undefined && table.oldestAccepted(key) !== undefined && table.isFull(key)) {
        return { limit: table.name, key };
      }
    }
    for (const table of this.#ordered) {
      const key = this.#held[table.index];
      if (key !== undefined) this.#makeRoom(table, key);
    }
    this.#moveTo("accepted");
    return null;
  }

  /** Counts for another one from now on, or for nobody; `false` when there is no place there. */
  move(name: SocketLimit, key: string | null): boolean {
    const table = this.#tables.get(name);
    if (table === undefined) return true;
    if (key !== null && this.#held[table.index] === key) return true;
    this.#drop(table);
    if (key === null) return true;
    if (table.isFull(key)) return false;
    this.#makeRoom(table, key);
    this.#hold(table, key);
    return true;
  }

  /** Gives the place of one limit back, if it is held. */
  drop(name: SocketLimit): void {
    const table = this.#tables.get(name);
    if (table !== undefined) this.#drop(table);
  }

  /** Was refused, or told to close: the places are free when the connection has ended. */
  leave(): void {
    this.#moveTo("leaving");
  }

  /** Gives all places back, but for that of one limit. */
  release(except: SocketLimit | null = null): void {
    for (const table of this.#tables.values()) if (table.name !== except) this.#drop(table);
  }

  #hold(table: LimitTable<Places>, key: string): void {
    table.enter(key, this, this.#stage);
    this.#held[table.index] = key;
  }

  #drop(table: LimitTable<Places>): void {
    const key = this.#held[table.index];
    if (key === undefined) return;
    this.#held[table.index] = undefined;
    table.leave(key, this, this.#stage);
  }

  #moveTo(stage: PlaceStage): void {
    for (const table of this.#ordered) {
      const key = this.#held[table.index];
      if (key !== undefined) table.move(key, this, this.#stage, stage);
    }
    this.#stage = stage;
  }

  /** The oldest goes, where there are as many as may be. */
  #makeRoom(table: LimitTable<Places>, key: string): void {
    const oldest = table.oldestAccepted(key);
    if (oldest === undefined) return;
    oldest.leave();
    oldest.#holder.replaced(table.name, key);
  }
}
