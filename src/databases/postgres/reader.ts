/**
 * The reads of a database over djauth's own connections: all of them pipelined over one. A connection that breaks or
 * does not answer is replaced, and the other reads that were in flight over it are sent again.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import { isBrokenConnection, translateError } from "./errors.ts";
import type { Lane } from "./lane.ts";
import { createReads, type PendingRead } from "./pending_read.ts";
import { cancelActive, MAX_ATTEMPTS, type PostgresResult, PREPARED, withdraw } from "./statements.ts";
import type { TimeLimit } from "./time_limit.ts";

/** The pause between two attempts to connect, which doubles each time. */
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 250;
/** Attempts without a connection: an outage is reported soon, while the restart of a pooler goes unnoticed. */
const MAX_CONNECT_ATTEMPTS = 4;

/** Connections that may wait for one stuck read each; if more get stuck, the database itself is slow. */
const MAX_DETACHED = 3;

/** Opens the next connection of a {@link Reader}. */
export type OpenLane = (onLost: (lane: Lane) => void) => Promise<Lane>;

/** Sends reads over one connection at a time. */
export class Reader {
  readonly #openLane: OpenLane;
  readonly #limit: TimeLimit;
  /** Runs a read within the limit. */
  readonly read: (statement: string, parameters: readonly unknown[]) => Promise<unknown[][]>;
  #lane: Lane | null = null;
  #isOpening = false;
  #isClosed = false;
  readonly #underWay: Map<PendingRead, Lane> = new Map();
  /** How many connections wait for one stuck read each, see {@link MAX_DETACHED}. */
  #detached = 0;
  #waiting: PendingRead[] = [];
  #pause = 0;

  constructor(openLane: OpenLane, limit: TimeLimit) {
    this.#openLane = openLane;
    this.#limit = limit;
    this.read = createReads(limit, {
      start: (read) => this.#start(read),
      onStall: (read) => this.#onStall(read),
      onExpiry: (read) => this.#onExpiry(read),
    });
  }

  /** Lets reads in flight finish, and refuses new ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const read of this.#waiting.splice(0)) read.fail(new DatabaseUnavailable("The database was closed"));
    // Including those that wait for one stuck read each.
    const lanes = new Set(this.#underWay.values());
    if (this.#lane !== null) lanes.add(this.#lane);
    await Promise.all([...lanes].map((lane) => lane.close(this.#limit.milliseconds / 1000)));
  }

  #start(read: PendingRead): void {
    if (this.#isClosed) return read.fail(new DatabaseUnavailable("The database was closed"));
    if (this.#lane !== null) return this.#send(this.#lane, read);
    this.#waiting.push(read);
    if (!this.#isOpening) this.#open();
  }

  #open(): void {
    this.#isOpening = true;
    const open = (): void => {
      this.#openLane(this.#onLost).then((lane) => {
        this.#isOpening = false;
        this.#lane = lane;
        for (const read of this.#waiting.splice(0)) if (!read.isSettled) this.#start(read);
      }, (error) => {
        this.#isOpening = false;
        for (const read of this.#waiting.splice(0)) read.fail(translateError(error));
      });
    };
    if (this.#pause === 0) open();
    else this.#limit.timers.after(this.#pause, open);
  }

  #send(lane: Lane, read: PendingRead): void {
    // The cast is safe: postgres.js copies the parameters.
    const query = lane.client.unsafe(read.statement, read.parameters as unknown[], PREPARED).values();
    read.query = query;
    this.#underWay.set(read, lane);
    query.then((rows) => {
      if (read.query !== query) return;
      if ((rows as PostgresResult).command === undefined) return lane.lose();
      lane.hasAnswered = true;
      this.#pause = 0;
      this.#finish(read, lane);
      read.succeed(rows as PostgresResult);
    }, (error) => {
      if (read.query !== query) return;
      if (isBrokenConnection(error)) return lane.lose(error);
      this.#finish(read, lane);
      read.fail(translateError(error, lane.place));
    });
  }

  #finish(read: PendingRead, lane: Lane): void {
    this.#underWay.delete(read);
    // It was stuck with this read, and another connection has replaced it.
    if (lane !== this.#lane) lane.lose();
  }

  /** Sends everything that was in flight over a lost connection over the next one, in the original order. */
  #onLost = (lane: Lane): void => {
    if (this.#lane === lane) this.#lane = null;
    else this.#detached--;
    this.#pause = lane.hasAnswered ? 0 : Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, this.#pause * 2));
    for (const read of this.#takeBack(lane)) {
      if (read.isSettled) continue;
      read.failures += lane.hasAnswered ? 1 : MAX_ATTEMPTS / MAX_CONNECT_ATTEMPTS;
      if (read.failures < MAX_ATTEMPTS) this.#start(read);
      else read.fail(lane.error);
    }
  };

  /** Takes a connection's reads from it: all of them, or those queued behind the statement that the server works on. */
  #takeBack(lane: Lane, isHeadLeft = false): PendingRead[] {
    const taken: PendingRead[] = [];
    for (const [read, carrier] of this.#underWay) {
      if (carrier !== lane || (isHeadLeft && read.query?.active === true)) continue;
      this.#underWay.delete(read);
      // A statement left in the queue of postgres.js would make it connect once more.
      withdraw(read.query);
      read.query = null;
      taken.push(read);
    }
    return taken;
  }

  /** The statement at work, perhaps waiting for a lock, delays the others: they move to another connection. */
  #onStall(read: PendingRead): void {
    const lane = this.#underWay.get(read);
    if (lane === undefined || lane !== this.#lane || !lane.hasAnswered || this.#detached >= MAX_DETACHED) {
      return;
    }
    this.#detached++;
    this.#lane = null;
    for (const other of this.#takeBack(lane, true)) this.#start(other);
  }

  /** The connection is stuck or cannot be established: nothing else should wait for it. */
  #onExpiry(read: PendingRead): void {
    const lane = this.#underWay.get(read);
    if (lane === undefined) return;
    for (const [other, carrier] of this.#underWay) if (carrier === lane) cancelActive(other.query);
    this.#underWay.delete(read);
    read.query = null;
    lane.lose();
  }
}
