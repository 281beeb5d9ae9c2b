/**
 * Many look-ups become one: keys that arrive together go to the storage as one batch. Nothing is remembered: a key
 * never joins a batch that was sent already, since a write may have happened in between.
 */

import { DatabaseUnavailable, DjauthError } from "../errors.ts";
import { isOutage } from "../internal/outages.ts";
import { createSweeper } from "../internal/time/sweeper.ts";
import { SYSTEM_TIMERS, type Timers } from "../internal/time/timers.ts";

/** How {@link createBatcher} looks up. */
export interface BatcherOptions<Key, Row, Raw> {
  /** Looks up different keys at once; a key without an entry has no row. */
  readonly load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Raw>>;
  /**
   * Makes a row of what was loaded, as it is handed out, so that no turn of the event loop is long. What it throws is about
   * one key.
   */
  readonly read: (raw: Raw) => Row;
  /** Seconds that a caller waits at most; 5 if not given. */
  readonly deadline?: number | undefined;
  /** Those of the runtime if not given. */
  readonly timers?: Timers | undefined;
  /** Batches under way at once; what arrives meanwhile is the next batch. 2 if not given. */
  readonly maxInFlight?: number | undefined;
  /** Keys in one batch; 1000 if not given. */
  readonly maxKeys?: number | undefined;
}

/** Looks one key up, together with others. */
export type Batcher<Key, Row> = (key: Key) => Promise<Row | null>;

const DEFAULT_DEADLINE = 5;
const DEFAULT_IN_FLIGHT = 2;
const DEFAULT_KEYS = 1000;
/** Callers that are answered in one turn of the event loop: what they do with their rows must not hold the event loop up. */
const ANSWERS_IN_A_TURN = 100;
/** Milliseconds for which a batch waits at most for more callers: nobody shall be long in coming for a crowd of others. */
const PATIENCE = 10;

/**
 * After all that has arrived in this turn of the event loop was handed out: larger batches than from a microtask,
 * which runs after every single request, and a tenth less work in all at 100 connections.
 */
const soon: (work: () => void) => void =
  (globalThis as { setImmediate?: (work: () => void) => void }).setImmediate ?? queueMicrotask;

/**
 * Batches, of whichever batcher, that are handed out over several turns: who got an answer asks the next question, as for
 * the user of a session, and the next turn brings more of them.
 */
let handedOut = 0;

/** One caller. Callers with the same key form a chain. */
interface Caller<Row> {
  readonly resolve: (row: Row | null) => void;
  readonly reject: (error: unknown) => void;
  readonly due: number;
  readonly next: Caller<Row> | undefined;
  isSettled: boolean;
}

/** Keys that are looked up at once, and who waits for them. */
type Batch<Key, Row> = Map<Key, Caller<Row>>;

/**
 * Makes a batcher. Each caller gets the result, the deadline and the error that it would get alone: a batch that
 * fails is asked again by halves, so that one bad key harms no other and costs few questions, unless it failed for a
 * reason that has nothing to do with the keys.
 */
export function createBatcher<Key, Row, Raw>(options: BatcherOptions<Key, Row, Raw>): Batcher<Key, Row> {
  const { load, read, maxInFlight = DEFAULT_IN_FLIGHT, maxKeys = DEFAULT_KEYS, timers = SYSTEM_TIMERS } =
    options;
  const milliseconds = (options.deadline ?? DEFAULT_DEADLINE) * 1000;
  const waiting: Batch<Key, Row>[] = [];
  const sent = new Set<Batch<Key, Row>>();
  let isScheduled = false;
  /** `timers.now()` when the last batch was opened or swept: near enough for the callers that join it. */
  let now = 0;

  const watch = createSweeper(milliseconds, (time) => {
    now = time;
    let isNeeded = false;
    for (const batch of sent) if (!expire(batch)) isNeeded = true;
    for (const batch of [...waiting]) {
      // No caller waits for it any more, so it shall not be asked for later.
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

  /** Sends what waits, unless more of it is on its way. */
  function flush(): void {
    isScheduled = false;
    const isFull = waiting.length > 1 || waiting[0]?.size === maxKeys;
    if (handedOut > 0 && !isFull && timers.now() - now < PATIENCE) return schedule();
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

  /** Asks for the halves of what failed, down to the keys that it failed for. */
  async function sendHalves(batch: Batch<Key, Row>, keys: readonly Key[]): Promise<void> {
    const middle = keys.length >> 1;
    for (const half of [keys.slice(0, middle), keys.slice(middle)]) {
      const asked = half.filter((key) => !isAllSettled(batch.get(key)!));
      if (asked.length === 0) continue;
      try {
        await giveAll(batch, asked, await load(asked), read);
      } catch (error) {
        if (asked.length === 1 || isAboutAll(error)) refuseAll(batch, asked, error);
        else await sendHalves(batch, asked);
      }
    }
  }

  /** Ends the wait of those whose time is over, and says whether that was all of them. */
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
    // By their keys: to go through a Map makes a pair for each, which takes as long as what is done with it.
    for (const key of keys) {
      if (answers++ === ANSWERS_IN_A_TURN) {
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

/** Whether an error says nothing about the keys: the storage is away, or the role may not read. */
function isAboutAll(error: unknown): boolean {
  return isOutage(error) || error instanceof DjauthError && error.code === "database_permission_denied";
}
