/**
 * Many look-ups become one: keys that arrive together go to the storage as one batch. Nothing is remembered: a key
 * never joins a batch that was sent already, since a write may have happened in between.
 */

import { DatabaseUnavailable, DjauthError } from "../errors.ts";

/** How {@link createBatcher} looks up. */
export interface BatcherOptions<Key, Row> {
  /** Looks up different keys at once; a key without an entry has no row. */
  readonly load: (keys: Key[]) => Promise<ReadonlyMap<Key, Row>>;
  /** Seconds that a caller waits at most; 5 if not given. */
  readonly deadline?: number | undefined;
  /** Batches under way at once; what arrives meanwhile is the next batch. 2 if not given. */
  readonly maxInFlight?: number | undefined;
  /** Keys in one batch; 500 if not given. */
  readonly maxKeys?: number | undefined;
}

/** Looks one key up, together with others. */
export type Batcher<Key, Row> = (key: Key) => Promise<Row | null>;

const DEFAULT_DEADLINE = 5;
const DEFAULT_IN_FLIGHT = 2;
const DEFAULT_KEYS = 500;

/** One caller. Callers with the same key form a chain. */
interface Caller<Row> {
  readonly resolve: (row: Row | null) => void;
  readonly reject: (error: unknown) => void;
  readonly due: number;
  readonly next: Caller<Row> | undefined;
  isSettled: boolean;
}

/** Keys that are looked up at once, and who waits for them. */
interface Batch<Key, Row> {
  readonly callers: Map<Key, Caller<Row>>;
  /** One for all callers; set again while some of them still have time. */
  timer: ReturnType<typeof setTimeout>;
}

/**
 * Makes a batcher. Each caller gets the result, the deadline and the error that it would get alone: a batch that
 * fails is asked again key by key, so that one bad key harms nobody else, unless it failed for a reason that has
 * nothing to do with the keys.
 */
export function createBatcher<Key, Row>(options: BatcherOptions<Key, Row>): Batcher<Key, Row> {
  const { load, maxInFlight = DEFAULT_IN_FLIGHT, maxKeys = DEFAULT_KEYS } = options;
  const milliseconds = (options.deadline ?? DEFAULT_DEADLINE) * 1000;
  const waiting: Batch<Key, Row>[] = [];
  let inFlight = 0;
  let isScheduled = false;

  function lookUp(key: Key): Promise<Row | null> {
    return new Promise((resolve, reject) => {
      let batch = waiting[waiting.length - 1];
      if (batch === undefined || batch.callers.size >= maxKeys) batch = open();
      const { callers } = batch;
      const due = performance.now() + milliseconds;
      callers.set(key, { resolve, reject, due, next: callers.get(key), isSettled: false });
      if (!isScheduled && inFlight < maxInFlight) {
        isScheduled = true;
        queueMicrotask(flush);
      }
    });
  }

  function open(): Batch<Key, Row> {
    const batch: Batch<Key, Row> = {
      callers: new Map(),
      timer: setTimeout(() => expire(batch), milliseconds),
    };
    waiting.push(batch);
    return batch;
  }

  function flush(): void {
    isScheduled = false;
    while (inFlight < maxInFlight && waiting.length > 0) {
      inFlight++;
      void send(waiting.shift()!);
    }
  }

  async function send(batch: Batch<Key, Row>): Promise<void> {
    try {
      const rows = await load([...batch.callers.keys()]);
      for (const [key, caller] of batch.callers) give(caller, rows.get(key) ?? null);
    } catch (error) {
      if (batch.callers.size === 1 || isAboutAll(error)) {
        for (const caller of batch.callers.values()) refuse(caller, error);
      } else {
        await sendEach(batch);
      }
    }
    clearTimeout(batch.timer);
    inFlight--;
    flush();
  }

  async function sendEach(batch: Batch<Key, Row>): Promise<void> {
    for (const [key, caller] of batch.callers) {
      if (isAllSettled(caller)) continue;
      try {
        give(caller, (await load([key])).get(key) ?? null);
      } catch (error) {
        refuse(caller, error);
      }
    }
  }

  /** Ends the wait of those whose time is over; those who came later to this batch have theirs still. */
  function expire(batch: Batch<Key, Row>): void {
    const now = performance.now();
    let next = Infinity;
    for (const first of batch.callers.values()) {
      for (let caller: Caller<Row> | undefined = first; caller !== undefined; caller = caller.next) {
        if (caller.isSettled) continue;
        // Timers may come a little early.
        if (caller.due <= now + 1) {
          caller.isSettled = true;
          caller.reject(new DatabaseUnavailable());
        } else {
          next = Math.min(next, caller.due);
        }
      }
    }
    if (next !== Infinity) {
      batch.timer = setTimeout(() => expire(batch), next - now);
      return;
    }
    // Nobody waits any more, so nobody shall ask for it later.
    const index = waiting.indexOf(batch);
    if (index !== -1) waiting.splice(index, 1);
  }

  return lookUp;
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

function isAllSettled<Row>(first: Caller<Row>): boolean {
  for (let caller: Caller<Row> | undefined = first; caller !== undefined; caller = caller.next) {
    if (!caller.isSettled) return false;
  }
  return true;
}

/** Whether an error says nothing about the keys: the storage is away, or the role may not read. */
function isAboutAll(error: unknown): boolean {
  return error instanceof DjauthError &&
    (error.code === "database_unavailable" || error.code === "database_permission_denied");
}
