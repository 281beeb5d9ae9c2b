/** What a handler begins and does not wait for. */

/**
 * A handler may begin something and answer without waiting for it. That it failed then concerns no caller, and must not
 * end the process as an unhandled rejection: a stranger could choose when, by a login that is refused. What a caller derives
 * from it, with `then`, is the caller's to handle.
 */
export function mayBeDropped<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/** The same functions, none of which uses `this`, and whatever promises they give may be dropped. */
export function allMayBeDropped<Api extends object>(api: Api): Api {
  const functions = Object.entries<(...given: unknown[]) => unknown>(api as Record<string, never>);
  return Object.fromEntries(functions.map(([name, work]) => [name, (...given: unknown[]) => {
    const result = work(...given);
    return result instanceof Promise ? mayBeDropped(result) : result;
  }])) as Api;
}
