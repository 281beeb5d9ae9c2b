/** The places of one limit, by whom or what it tells apart: counted, or kept in the order in which they were taken. */

import type { SocketLimit } from "../../auth/events/events.ts";
import { Groups } from "../../internal/groups.ts";

/**
 * Where the holder of a place stands: nothing is decided yet, its socket is open or about to be, or it was refused or told
 * to close. A client that ignores that holds a connection all the same.
 */
export type PlaceStage = "deciding" | "accepted" | "leaving";

/** The places of one limit. */
export interface LimitTable<Holder extends object> {
  readonly name: SocketLimit;
  /** Among the tables of a node. */
  readonly index: number;
  /** How many are told apart by now. */
  readonly size: number;
  /** Whether no more may come. */
  isFull(key: string): boolean;
  /** The oldest upgrade about which nothing is decided, where it has to give its place to one that comes. */
  oldestUndecided(key: string): Holder | undefined;
  /** Who has to go when one more is accepted. */
  oldestAccepted(key: string): Holder | undefined;
  /** Takes a place. */
  enter(key: string, holder: Holder, stage: PlaceStage): void;
  /** Gives the place back. */
  leave(key: string, holder: Holder, stage: PlaceStage): void;
}

/** Where who comes is refused, it is enough to know how many there are. */
export class CountedPlaces implements LimitTable<object> {
  readonly name: SocketLimit;
  readonly index: number;
  readonly #limit: number;
  readonly #counts: Map<string, number> = new Map();

  constructor(name: SocketLimit, limit: number, index: number) {
    this.name = name;
    this.#limit = limit;
    this.index = index;
  }

  get size(): number {
    return this.#counts.size;
  }

  isFull(key: string): boolean {
    return (this.#counts.get(key) ?? 0) >= this.#limit;
  }

  /** Nobody makes room. */
  oldestUndecided(): undefined {}

  /** Nobody makes room. */
  oldestAccepted(): undefined {}

  enter(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  leave(key: string): void {
    const left = this.#counts.get(key)! - 1;
    if (left === 0) this.#counts.delete(key);
    else this.#counts.set(key, left);
  }
}

/**
 * Connections that were told to close and have not ended may be as many as the limit, and at least this: whoever comes back
 * from another network need not wait for the end of a connection that is dead already.
 */
const LEAVING = 8;

/** Where the oldest makes room for who comes. */
export class OrderedPlaces<Holder extends object> implements LimitTable<Holder> {
  readonly name: SocketLimit;
  readonly index: number;
  readonly #limit: number;
  readonly #stages: Readonly<Record<PlaceStage, Groups<string, Holder>>> = {
    deciding: new Groups(),
    accepted: new Groups(),
    leaving: new Groups(),
  };

  constructor(name: SocketLimit, limit: number, index: number) {
    this.name = name;
    this.#limit = limit;
    this.index = index;
  }

  get size(): number {
    const { deciding, accepted, leaving } = this.#stages;
    return deciding.size + accepted.size + leaving.size;
  }

  isFull(key: string): boolean {
    return this.#stages.leaving.count(key) >= Math.max(this.#limit, LEAVING);
  }

  /** An open socket is only replaced once the new one is accepted. */
  oldestUndecided(key: string): Holder | undefined {
    return this.#oldest("deciding", key);
  }

  oldestAccepted(key: string): Holder | undefined {
    return this.#oldest("accepted", key);
  }

  enter(key: string, holder: Holder, stage: PlaceStage): void {
    this.#stages[stage].add(key, holder);
  }

  /** Its holder stands elsewhere from now on. */
  move(key: string, holder: Holder, from: PlaceStage, to: PlaceStage): void {
    this.#stages[from].delete(key, holder);
    this.#stages[to].add(key, holder);
  }

  leave(key: string, holder: Holder, stage: PlaceStage): void {
    this.#stages[stage].delete(key, holder);
  }

  #oldest(stage: PlaceStage, key: string): Holder | undefined {
    const holders = this.#stages[stage];
    return holders.count(key) >= this.#limit ? holders.first(key) : undefined;
  }
}
