/** A small gate: so many at a time, the others in the order in which they came. */

/** Runs work when it is its turn. */
export type Semaphore = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A semaphore that lets `limit` pieces of work run at a time. */
export function createSemaphore(limit: number): Semaphore {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running < limit) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place is handed on and never free in between, so that nobody overtakes the queue.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
