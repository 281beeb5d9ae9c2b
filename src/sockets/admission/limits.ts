/**
 * How many sockets there may be: per node, address, session and user. An upgrade takes its places before it waits for
 * anything, so that many concurrent ones cannot exceed a limit.
 */

import type { SocketLimit } from "../../auth/events/events.ts";
import { CountedPlaces, type LimitTable, OrderedPlaces, type PlaceStage } from "./limit_tables.ts";

/** A holder of places. */
export interface PlaceHolder {
  /** Whether it has a connection, which exists until its client has ended it. */
  readonly isConnected: boolean;
  /** Notifies the holder that its place went to a newer one. */
  replaced(limit: SocketLimit, key: string): void;
}

/** The limits of a node. */
export interface LimitOptions {
  /** The maximum for each key of a limit; a limit that is absent is not enforced. */
  readonly limits: ReadonlyMap<SocketLimit, number>;
  /** Whether the oldest makes room for the newest, rather than the newest being refused. */
  readonly replaces: boolean;
}

/** Counts the sockets of a node against its limits. */
export class SocketLimits {
  readonly #tables: LimitTables;
  /** The tables that track stages: all of them, or none. */
  readonly #ordered: readonly OrderedPlaces<Places>[];
  /** Copied for each upgrade: an array that grew by itself would take room for four times as many entries. */
  readonly #nothingHeld: readonly undefined[];

  /** Keeps nothing for a limit that is absent. */
  constructor({ limits, replaces }: LimitOptions) {
    const tables = [...limits].map(([name, limit], index) =>
      replaces ? new OrderedPlaces<Places>(name, limit, index) : new CountedPlaces(name, limit, index)
    );
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#ordered = tables.filter((table) => table instanceof OrderedPlaces);
    this.#nothingHeld = tables.map(() => undefined);
  }

  /** How many keys are kept, over all limits. */
  get size(): number {
    return [...this.#tables.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Returns whether a limit is set. */
  has(name: SocketLimit): boolean {
    return this.#tables.has(name);
  }

  /** Creates the places of an upgrade that has none yet. */
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
  /** The key of each place held, by the index of its table: a bare array, since it lives as long as the socket. */
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

  /** Takes a place; `false` when none is free. Where the oldest makes room, only an undecided one is replaced. */
  take(name: SocketLimit, key: string): boolean {
    const table = this.#tables.get(name);
    if (table === undefined) return true;
    if (table.isFull(key)) return false;
    const other = table.oldestUndecided(key);
    if (other !== undefined) {
      // A client that ignores the close frame still counts, or it could open any number of connections.
      if (other.#holder.isConnected) other.leave();
      else other.release();
      other.#holder.replaced(name, key);
    }
    this.#hold(table, key);
    return true;
  }

  /** Accepts the upgrade, for which the oldest make room; returns the limit at which they cannot, or `null`. */
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

  /** Counts for another key from now on, or for none; `false` when it has no place free. */
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

  /** Gives back the place of one limit, if it is held. */
  drop(name: SocketLimit): void {
    const table = this.#tables.get(name);
    if (table !== undefined) this.#drop(table);
  }

  /** Records that the holder was refused or told to close; its places are free once the connection has ended. */
  leave(): void {
    this.#moveTo("leaving");
  }

  /** Gives back all places except that of one limit. */
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

  /** Replaces the oldest where the limit is reached. */
  #makeRoom(table: LimitTable<Places>, key: string): void {
    const oldest = table.oldestAccepted(key);
    if (oldest === undefined) return;
    oldest.leave();
    oldest.#holder.replaced(table.name, key);
  }
}
