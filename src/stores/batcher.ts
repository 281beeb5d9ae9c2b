/**
 * Turns many look-ups into one: keys that arrive together are sent to the storage as one batch. Nothing is cached, and
 * a key never joins a batch that was already sent, since a write may have happened in between.
 */

import { DatabaseUnavailable, DjauthError } from "../errors.ts";
import { DEFAULT_DATABASE_DEADLINE_SECONDS } from "../internal/deadline.ts";
import { isOutage } from "../internal/outages.ts";
import { createSweeper } from "../internal/time/sweeper.ts";
import { SYSTEM_TIMERS, type Timers } from "../internal/time/timers.ts";

/** Options of {@link createBatcher}. */
export interface BatcherOptions<Key, Row, Raw> {
  /** Looks up several different keys; a key without an entry has no row. */
  readonly load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Raw>>;
  /**
   * Converts what was loaded to a row, just before it is handed out, so that no turn of the event loop takes long. What
   * it throws concerns that key only.
   */
  readonly read: (raw: Raw) => Row;
  /** Seconds after which a caller gets `database_unavailable`; 5 if not given. */
  readonly deadline?: number | undefined;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
  /** Batches in flight at a time; keys that arrive meanwhile form the next batch. 2 if not given. */
  readonly maxInFlight?: number | undefined;
  /** Keys in one batch; 1000 if not given. */
  readonly maxKeys?: number | undefined;
}

/** Looks up one key, together with those of other callers. */
export type Batcher<Key, Row> = (key: Key) => Promise<Row | null>;

const DEFAULT_IN_FLIGHT = 2;
const DEFAULT_KEYS = 1000;
/** Callers that are answered in one turn of the event loop: what they do with their rows must not block it for long. */
const ANSWERS_PER_TURN = 100;
/** How long a batch waits at most for further callers. */
const MAX_GATHERING_MS = 10;

/**
 * Runs work after everything that arrived in this turn of the event loop was handled. Batches become larger than with a
 * microtask, which runs after every single request: a tenth less work in total at 100 connections.
 */
const soon: (work: () => void) => void =
  (globalThis as { setImmediate?: (work: () => void) => void }).setImmediate ?? queueMicrotask;

/**
 * Batches, of all batchers, that are being handed out over several turns. The callers answered so far ask their next
 * question, such as for the user of a session, and the next turn brings more of these.
 */
let handedOut = 0;

/** One caller. Callers with the same key form a linked list. */
interface Caller<Row> {
  readonly resolve: (row: Row | null) => void;
  readonly reject: (error: unknown) => void;
  readonly due: number;
  readonly next: Caller<Row> | undefined;
  isSettled: boolean;
}

/** The keys of one batch, and the callers that wait for them. */
type Batch<Key, Row> = Map<Key, Caller<Row>>;

/**
 * Creates a batcher. Each caller gets the result, the deadline and the error that it would get alone: unless a batch
 * fails for a reason that is unrelated to its keys, it is retried in halves, so that one bad key affects no other and
 * costs few queries.
 */
export function createBatcher<Key, Row, Raw>(options: BatcherOptions<Key, Row, Raw>): Batcher<Key, Row> {
  const { load, read, maxInFlight = DEFAULT_IN_FLIGHT, maxKeys = DEFAULT_KEYS, timers = SYSTEM_TIMERS } =
    options;
  const milliseconds = (options.deadline ?? DEFAULT_DATABASE_DEADLINE_SECONDS) * 1000;
  const waiting: Batch<Key, Row>[] = [];
  const sent = new Set<Batch<Key, Row>>();
  let isScheduled = false;
  /** `timers.now()` when the last batch was opened or swept: precise enough for the callers that join it. */
  let now = 0;

  const watch = createSweeper(milliseconds, (time) => {
    now = time;
    let isNeeded = false;
    for (const batch of sent) if (!expire(batch)) isNeeded = true;
    for (const batch of [...waiting]) {
      // Nobody waits for this batch any more, so it is not sent at all.
      if (expire(batch)) waiting.splice(waiting.indexOf(batch), 1);
      else isNeeded = true;
    }
    return isNeeded;
  }, timers);

  function lookUp(key: Key): Promise<Row | null> {
    return new Promise((resolve, reject) => {
      let batch = waiting[waiting.length - 1];
      if (batch === undefined || batch.size >= maxKeys) batch = open();
      batch.set(key, { resolve, reject, due: now + milliseconds, next: batch.get(key), isSettled: false });
      if (sent.size < maxInFlight) schedule();
    });
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    soon(flush);
  }

  /** Sends what waits, unless more is about to arrive. */
  function flush(): void {
    isScheduled = false;
    const isFull = waiting.length > 1 || waiting[0]?.size === maxKeys;
    if (handedOut > 0 && !isFull && timers.now() - now < MAX_GATHERING_MS) return schedule();
    while (sent.size < maxInFlight && waiting.length > 0) void send(waiting.shift()!);
  }

  function open(): Batch<Key, Row> {
    const batch: Batch<Key, Row> = new Map();
    waiting.push(batch);
    now = timers.now();
    watch();
    return batch;
  }

  async function send(batch: Batch<Key, Row>): Promise<void> {
    sent.add(batch);
    const keys = [...batch.keys()];
    let rows: ReadonlyMap<Key, Raw> | null = null;
    try {
      rows = await load(keys);
    } catch (error) {
      if (keys.length === 1 || isAboutAll(error)) refuseAll(batch, keys, error);
      else await sendHalves(batch, keys);
    }
    sent.delete(batch);
    // The storage works on the next batch while this one is handed out.
    if (waiting.length > 0) schedule();
    if (rows !== null) await giveAll(batch, keys, rows, read);
  }

  /** Retries a failed batch in halves, down to the keys that it fails for. */
  async function sendHalves(batch: Batch<Key, Row>, keys: readonly Key[]): Promise<void> {
    const middle = keys.length >> 1;
    for (const half of [keys.slice(0, middle), keys.slice(middle)]) {
      const rest = half.filter((key) => !isAllSettled(batch.get(key)!));
      if (rest.length === 0) continue;
      try {
        await giveAll(batch, rest, await load(rest), read);
      } catch (error) {
        if (rest.length === 1 || isAboutAll(error)) refuseAll(batch, rest, error);
        else await sendHalves(batch, rest);
      }
    }
  }

  /** Rejects the callers whose deadline has passed; returns whether nobody is left waiting. */
  function expire(batch: Batch<Key, Row>): boolean {
    let isOver = true;
    for (const first of batch.values()) {
      for (let caller: Caller<Row> | undefined = first; caller !== undefined; caller = caller.next) {
        if (caller.isSettled) continue;
        if (caller.due > now) {
          isOver = false;
        } else {
          caller.isSettled = true;
          caller.reject(new DatabaseUnavailable());
        }
      }
    }
    return isOver;
  }

  return lookUp;
}

async function giveAll<Key, Row, Raw>(
  batch: Batch<Key, Row>,
  keys: readonly Key[],
  rows: ReadonlyMap<Key, Raw>,
  read: (raw: Raw) => Row,
): Promise<void> {
  let answers = 0;
  handedOut++;
  try {
    // By key: iterating a Map allocates a pair per entry, which takes as long as the work on it.
    for (const key of keys) {
      if (answers++ === ANSWERS_PER_TURN) {
        answers = 1;
        await new Promise<void>((resolve) => soon(resolve));
      }
      const raw = rows.get(key);
      try {
        give(batch.get(key)!, raw === undefined ? null : read(raw));
      } catch (error) {
        refuse(batch.get(key)!, error);
      }
    }
  } finally {
    handedOut--;
  }
}

function give<Row>(first: Caller<Row>, row: Row | null): void {
  for (let caller: Caller<Row> | undefined = first; caller !== undefined; caller = caller.next) {
    caller.isSettled = true;
    caller.resolve(row);
  }
}

function refuse<Row>(first: Caller<Row>, error: unknown): void {
  for (let caller: Caller<Row> | undefined = first; caller !== undefined; caller = caller.next) {
    caller.isSettled = true;
    caller.reject(error);
  }
}

function refuseAll<Key, Row>(batch: Batch<Key, Row>, keys: readonly Key[], error: unknown): void {
  for (const key of keys) refuse(batch.get(key)!, error);
}

function isAllSettled<Row>(first: Caller<Row>): boolean {
  for (let caller: Caller<Row> | undefined = first; caller !== undefined; caller = caller.next) {
    if (!caller.isSettled) return false;
  }
  return true;
}

/** Returns whether an error is unrelated to the keys: the storage is unavailable, or the role may not read. */
function isAboutAll(error: unknown): boolean {
  return isOutage(error) || error instanceof DjauthError && error.code === "database_permission_denied";
}
