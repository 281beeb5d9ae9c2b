/**
 * The reads of a database that was given as a URL: all over one connection, pipelined. A connection that breaks or
 * does not answer is left for a new one, and what else was under way over it is asked again there.
 */

import { DatabaseUnavailable } from "../errors.ts";
import { isBrokenConnection, translateError } from "./postgres_errors.ts";
import type { Lane } from "./postgres_lane.ts";
import {
  cancelActive,
  MAX_ATTEMPTS,
  PendingRead,
  type PostgresResult,
  PREPARED,
  withdraw,
} from "./postgres_read.ts";

/** Milliseconds between two attempts to connect: from, doubled each time, to. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 250;
/** Attempts that never got a connection: an outage is told soon, a restart of a pooler is not noticed. */
const MAX_CONNECT_ATTEMPTS = 4;

/** Makes the connection that a {@link Reader} uses next. */
export type OpenLane = (onLost: (lane: Lane) => void) => Promise<Lane>;

/** Reads over one connection at a time. */
export class Reader {
  #openLane: OpenLane;
  #milliseconds: number;
  #lane: Lane | null = null;
  #isOpening = false;
  #isClosed = false;
  #underWay: Set<PendingRead> = new Set();
  #waiting: PendingRead[] = [];
  #pause = 0;

  constructor(openLane: OpenLane, milliseconds: number) {
    this.#openLane = openLane;
    this.#milliseconds = milliseconds;
  }

  /** Runs a read. */
  read(statement: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      this.#start(
        new PendingRead(statement, parameters, this.#milliseconds, this.#onExpiry, resolve, reject),
      );
    });
  }

  /** Lets what is under way end, and takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const read of this.#waiting.splice(0)) read.fail(new DatabaseUnavailable("The database was closed"));
    await this.#lane?.client.end({ timeout: this.#milliseconds / 1000 });
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
    else setTimeout(open, this.#pause);
  }

  #send(lane: Lane, read: PendingRead): void {
    // The parameters are copied by postgres.js, which is told that it may have them.
    const query = lane.client.unsafe(read.statement, read.parameters as unknown[], PREPARED).values();
    read.query = query;
    this.#underWay.add(read);
    query.then((rows) => {
      if (read.query !== query) return;
      if ((rows as PostgresResult).command === undefined) return lane.lose();
      this.#underWay.delete(read);
      lane.hasAnswered = true;
      this.#pause = 0;
      read.succeed(rows as PostgresResult);
    }, (error) => {
      if (read.query !== query) return;
      if (isBrokenConnection(error)) return lane.lose();
      this.#underWay.delete(read);
      read.fail(translateError(error));
    });
  }

  /** Everything that was under way over a lost connection goes over the next one, in the order in which it came. */
  #onLost = (lane: Lane): void => {
    if (this.#lane === lane) this.#lane = null;
    this.#pause = lane.hasAnswered ? 0 : Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, this.#pause * 2));
    const reads = [...this.#underWay];
    this.#underWay.clear();
    for (const read of reads) {
      // What waits inside postgres.js would make it connect once more.
      withdraw(read.query);
      read.query = null;
    }
    for (const read of reads) {
      if (read.isSettled) continue;
      read.failures += lane.hasAnswered ? 1 : MAX_ATTEMPTS / MAX_CONNECT_ATTEMPTS;
      if (read.failures < MAX_ATTEMPTS) this.#start(read);
      else read.fail(new DatabaseUnavailable("The database could not be reached"));
    }
  };

  /** The connection is stuck with this read, or behind it, or cannot be made: nothing else shall wait for it. */
  #onExpiry = (read: PendingRead): void => {
    if (read.query === null) return;
    for (const other of this.#underWay) cancelActive(other.query);
    this.#underWay.delete(read);
    read.query = null;
    this.#lane?.lose();
  };
}
