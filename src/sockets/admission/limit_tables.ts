/** The places of one limit for each of its keys (user, address, …): counted, or kept in the order they were taken. */

import type { SocketLimit } from "../../auth/events/events.ts";
import { Groups } from "../../internal/groups.ts";

/**
 * The stage of the holder of a place: undecided, with a socket that is open or about to be, or refused or told to
 * close. A client that ignores its close frame still holds a connection.
 */
export type PlaceStage = "deciding" | "accepted" | "leaving";

/** The places of one limit. */
export interface LimitTable<Holder extends object> {
  readonly name: SocketLimit;
  /** The index among the tables of a node. */
  readonly index: number;
  /** How many keys are kept. */
  readonly size: number;
  /** Returns whether no more places are free. */
  isFull(key: string): boolean;
  /** Returns the oldest undecided upgrade, where it has to give up its place for one more. */
  oldestUndecided(key: string): Holder | undefined;
  /** Returns the holder that has to go when one more is accepted. */
  oldestAccepted(key: string): Holder | undefined;
  /** Takes a place. */
  enter(key: string, holder: Holder, stage: PlaceStage): void;
  /** Gives the place back. */
  leave(key: string, holder: Holder, stage: PlaceStage): void;
}

/** The table for `whenFull: "refuse"`: newcomers are refused, so that a count is enough. */
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

  /** No holder makes room. */
  oldestUndecided(): undefined {}

  /** No holder makes room. */
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
 * There may be as many connections that were told to close and have not ended as the limit, and at least this many: a
 * client that returns from another network need not wait for a dead connection to end.
 */
const MIN_LEAVING = 8;

/** The table for `whenFull: "replace"`: the oldest makes room for the newest. */
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
    return this.#stages.leaving.count(key) >= Math.max(this.#limit, MIN_LEAVING);
  }

  /** Only looks at undecided upgrades: an open socket is not replaced before the new one is accepted. */
  oldestUndecided(key: string): Holder | undefined {
    return this.#oldest("deciding", key);
  }

  oldestAccepted(key: string): Holder | undefined {
    return this.#oldest("accepted", key);
  }

  enter(key: string, holder: Holder, stage: PlaceStage): void {
    this.#stages[stage].add(key, holder);
  }

  /** Moves a holder to another stage. */
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
