/** Cached promises that are retried after a failure. */

/**
 * Forgets a promise when it fails, so that the next caller tries again; an unawaited failure does not end the process.
 */
export function retriable<Value>(
  promise: Promise<Value>,
  forget: (failed: Promise<Value>) => void,
): Promise<Value> {
  promise.catch(() => forget(promise));
  return promise;
}
