/**
 * The reads of a database over connections of djauth's own: all over one of them, pipelined. A connection that breaks
 * or does not answer is left for a new one, and what else was under way over it is asked again there.
 */

import { DatabaseUnavailable } from "../../errors.ts";
import { isBrokenConnection, translateError } from "./errors.ts";
import type { Lane } from "./lane.ts";
import { createReads, type PendingRead } from "./pending_read.ts";
import { cancelActive, MAX_ATTEMPTS, type PostgresResult, PREPARED, withdraw } from "./statements.ts";
import type { TimeLimit } from "./time_limit.ts";

/** Milliseconds between two attempts to connect: from, doubled each time, to. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 250;
/** Attempts that never got a connection: an outage is told soon, a restart of a pooler is not noticed. */
const MAX_CONNECT_ATTEMPTS = 4;

/** Connections that may wait for one stuck read each; with more of them it is the database that is slow. */
const MAX_DETACHED = 3;

/** Makes the connection that a {@link Reader} uses next. */
export type OpenLane = (onLost: (lane: Lane) => void) => Promise<Lane>;

/** Reads over one connection at a time. */
export class Reader {
  #openLane: OpenLane;
  #limit: TimeLimit;
  /** Runs a read. */
  readonly read: (statement: string, parameters: readonly unknown[]) => Promise<unknown[][]>;
  #lane: Lane | null = null;
  #isOpening = false;
  #isClosed = false;
  #underWay: Map<PendingRead, Lane> = new Map();
  /** How many connections wait for one stuck read each. */
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

  /** Lets what is under way end, and takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const read of this.#waiting.splice(0)) read.fail(new DatabaseUnavailable("The database was closed"));
    // Those as well that wait for one stuck read each.
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
    // The parameters are copied by postgres.js, which is told that it may have them.
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
    // It was stuck with this one read, and another connection has taken its place.
    if (lane !== this.#lane) lane.lose();
  }

  /** Everything that was under way over a lost connection goes over the next one, in the order in which it came. */
  #onLost = (lane: Lane): void => {
    if (this.#lane === lane) this.#lane = null;
    else this.#detached--;
    this.#pause = lane.hasAnswered ? 0 : Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, this.#pause * 2));
    for (const read of this.#takeBack(lane)) {
      if (read.isSettled) continue;
      read.failures += lane.hasAnswered ? 1 : MAX_ATTEMPTS / MAX_CONNECT_ATTEMPTS;
      if (read.failures < MAX_ATTEMPTS) this.#start(read);
      else read.fail(lane.error);
    }
  };

  /** Takes from a connection what it carries; all of it, or what stands behind the one statement at work. */
  #takeBack(lane: Lane, isHeadLeft = false): PendingRead[] {
    const taken: PendingRead[] = [];
    for (const [read, carrier] of this.#underWay) {
      if (carrier !== lane || (isHeadLeft && read.query?.active === true)) continue;
      this.#underWay.delete(read);
      // What waits inside postgres.js would make it connect once more.
      withdraw(read.query);
      read.query = null;
      taken.push(read);
    }
    return taken;
  }

  /** The statement at work keeps the others waiting, behind a lock perhaps: they go over another connection. */
  #onStall(read: PendingRead): void {
    const lane = this.#underWay.get(read);
    if (lane === undefined || lane !== this.#lane || !lane.hasAnswered || this.#detached >= MAX_DETACHED) {
      return;
    }
    this.#detached++;
    this.#lane = null;
    for (const other of this.#takeBack(lane, true)) this.#start(other);
  }

  /** The connection is stuck, or cannot be made: nothing else shall wait for it. */
  #onExpiry(read: PendingRead): void {
    const lane = this.#underWay.get(read);
    if (lane === undefined) return;
    for (const [other, carrier] of this.#underWay) if (carrier === lane) cancelActive(other.query);
    this.#underWay.delete(read);
    read.query = null;
    lane.lose();
  }
}
