/**
 * A bounded map that forgets what was used longest ago: for the results of pure functions, never for the truth about
 * rows of a database.
 */

/** What {@link createLru} gives. */
export interface Lru<K, V> {
  /** The value, which then counts as just used. */
  get(key: K): V | undefined;
  /** Keeps a value, and forgets the oldest one where the limit is passed. */
  set(key: K, value: V): void;
  /** Forgets one; says whether it was there. */
  delete(key: K): boolean;
  /** Forgets all. */
  clear(): void;
  /** How many values are kept. */
  readonly size: number;
}

/**
 * Makes a map of at most `limit` entries; 0 keeps nothing.
 *
 * @throws {RangeError} where `limit` is no whole number or negative
 */
export function createLru<K, V>(limit: number): Lru<K, V> {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new RangeError(`The limit must be a whole number that is not negative, not ${limit}`);
  }
  // A Map iterates in the order of insertion, so the first key is the oldest once each use inserts anew.
  const entries = new Map<K, V>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined && !entries.has(key)) return undefined;
      entries.delete(key);
      entries.set(key, value as V);
      return value;
    },
    set(key, value) {
      if (limit === 0) return;
      entries.delete(key);
      if (entries.size >= limit) entries.delete(entries.keys().next().value as K);
      entries.set(key, value);
    },
    delete: (key) => entries.delete(key),
    clear: () => entries.clear(),
    get size(): number {
      return entries.size;
    },
  };
}
