/** What is asked for once, and once more only where that failed. */

/** A promise that is forgotten when it fails, so that the next caller tries again; and that ends no process where nobody waits. */
export function retriable<Value>(
  promise: Promise<Value>,
  forget: (failed: Promise<Value>) => void,
): Promise<Value> {
  promise.catch(() => forget(promise));
  return promise;
}
