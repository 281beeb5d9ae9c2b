/** A semaphore with a bounded first-in, first-out queue; beyond that, work is refused. */

/** A semaphore with a bounded queue. */
export interface Semaphore {
  /** Returns whether further work would be refused. */
  isFull(): boolean;
  /** Runs work when it is its turn; returns `null` if too much is waiting already. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | null;
}

/** Creates a semaphore that runs `limit` pieces of work at a time, while at most `maxWaiting` wait. */
export function createSemaphore(limit: number, maxWaiting: number): Semaphore {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running < limit) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The slot is passed on without being freed, so that newcomers cannot overtake the queue.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  const isFull = (): boolean => running === limit && waiting.length >= maxWaiting;
  return { isFull, run: (work) => isFull() ? null : inTurn(work) };
}
