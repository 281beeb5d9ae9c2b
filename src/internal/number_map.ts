/**
 * A map from numbers to objects in a third of the memory of a `Map`: a server has an entry for each of its sockets.
 * Open addressing: an entry is in the home slot of its key, or in the next free one.
 */

/** The minimum number of slots; a power of two, like every larger size. */
const MIN_SLOTS = 16;
/** The fraction of taken slots at which the table grows. */
const MAX_LOAD = 0.75;
/** The fraction of taken slots below which the table shrinks. */
const MIN_LOAD = 0.15;

/** A map from numbers, any but `NaN`, to objects. */
export class NumberMap<Value extends object> {
  #keys = new Float64Array(MIN_SLOTS);
  #values: (Value | undefined)[] = freeSlots(MIN_SLOTS);
  #size = 0;

  /** The number of entries. */
  get size(): number {
    return this.#size;
  }

  /** Returns the value of a key. */
  get(key: number): Value | undefined {
    return this.#values[this.#slotOf(key)];
  }

  /** Iterates over the values, in no particular order. */
  *values(): IterableIterator<Value> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  /** Sets the value of a key. */
  set(key: number, value: Value): void {
    let slot = this.#slotOf(key);
    if (this.#values[slot] === undefined) {
      if (this.#size >= this.#keys.length * MAX_LOAD) {
        this.#resize(this.#keys.length * 2);
        slot = this.#slotOf(key);
      }
      this.#size++;
      this.#keys[slot] = key;
    }
    this.#values[slot] = value;
  }

  /** Removes the entry of a key. */
  delete(key: number): void {
    let gap = this.#slotOf(key);
    if (this.#values[gap] === undefined) return;
    this.#size--;
    const mask = this.#keys.length - 1;
    // A later entry whose lookup would cross the gap moves into it.
    for (let slot = (gap + 1) & mask; this.#values[slot] !== undefined; slot = (slot + 1) & mask) {
      const wanted = this.#homeOf(this.#keys[slot]!);
      if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
      this.#keys[gap] = this.#keys[slot]!;
      this.#values[gap] = this.#values[slot];
      gap = slot;
    }
    this.#values[gap] = undefined;
    const { length } = this.#keys;
    if (length > MIN_SLOTS && this.#size < length * MIN_LOAD) this.#resize(length / 2);
  }

  /** Finds the slot of a key, or the free one where it would be put. */
  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = this.#homeOf(key);
    while (this.#values[slot] !== undefined && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  /** Returns the home slot of a key: consecutive numbers are spread. */
  #homeOf(key: number): number {
    const scrambled = Math.imul((key ^ (key / 2 ** 32)) | 0, 0x9e3779b1);
    return (scrambled ^ (scrambled >>> 15)) & (this.#keys.length - 1);
  }

  #resize(length: number): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(length);
    this.#values = freeSlots(length);
    for (let slot = 0; slot < keys.length; slot++) {
      if (values[slot] === undefined) continue;
      const moved = this.#slotOf(keys[slot]!);
      this.#keys[moved] = keys[slot]!;
      this.#values[moved] = values[slot];
    }
  }
}

/** Fills an array one by one: given the length, an engine may make a long one slow and holey. */
function freeSlots(length: number): undefined[] {
  const slots: undefined[] = [];
  for (let slot = 0; slot < length; slot++) slots.push(undefined);
  return slots;
}
