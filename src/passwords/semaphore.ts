/** A small gate: so many at a time, a bounded queue behind them (first in, first out), the rest refused. */

/** A gate. */
export interface Semaphore {
  /** Whether a further piece of work would be turned away. */
  isFull(): boolean;
  /** Runs work when it is its turn; `null` where too much waits already. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | null;
}

/** A semaphore that lets `limit` pieces of work run at a time, while at most `maxWaiting` wait. */
export function createSemaphore(limit: number, maxWaiting: number): Semaphore {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running < limit) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place is handed on and never free in between, so that no newcomer overtakes the queue.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  const isFull = (): boolean => running === limit && waiting.length >= maxWaiting;
  return { isFull, run: (work) => isFull() ? null : inTurn(work) };
}
