/** Work that a handler may start without awaiting it. */

/**
 * Marks a promise that a handler may leave unawaited. Its failure must not end the process as an unhandled rejection: a
 * stranger could cause one at will, with a login that is refused. Promises derived from it with `then` are for the
 * caller to handle.
 */
export function allowUnawaited<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/** Wraps functions, none of which may use `this`, so that the promises they return may be dropped. */
export function allowAllUnawaited<Api extends object>(api: Api): Api {
  const functions = Object.entries<(...given: unknown[]) => unknown>(api as Record<string, never>);
  return Object.fromEntries(functions.map(([name, work]) => [name, (...given: unknown[]) => {
    const result = work(...given);
    return result instanceof Promise ? allowUnawaited(result) : result;
  }])) as Api;
}
