/**
 * A map from numbers to objects in a third of the memory that a `Map` takes: a server has an entry for each of its
 * sockets. Open addressing: an entry lies in the slot that its number asks for, or in the next free one.
 */

/** Slots at least; a power of two, as all that are made of it. */
const SMALLEST = 16;
/** The most of the slots that are taken. */
const FULL = 0.75;
/** Fewer taken slots than this part make the table smaller. */
const SPARSE = 0.15;

/** Objects by numbers; any number but `NaN`. */
export class NumberMap<Value extends object> {
  #keys = new Float64Array(SMALLEST);
  #values: (Value | undefined)[] = freeSlots(SMALLEST);
  #size = 0;

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of a key. */
  get(key: number): Value | undefined {
    return this.#values[this.#slotOf(key)];
  }

  /** All values, in no order. */
  *values(): IterableIterator<Value> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  /** Sets the value of a key. */
  set(key: number, value: Value): void {
    let slot = this.#slotOf(key);
    if (this.#values[slot] === undefined) {
      if (this.#size >= this.#keys.length * FULL) {
        this.#resize(this.#keys.length * 2);
        slot = this.#slotOf(key);
      }
      this.#size++;
      this.#keys[slot] = key;
    }
    this.#values[slot] = value;
  }

  /** Takes the entry of a key out. */
  delete(key: number): void {
    let gap = this.#slotOf(key);
    if (this.#values[gap] === undefined) return;
    this.#size--;
    const mask = this.#keys.length - 1;
    // An entry that lies behind and would be looked for across the gap moves into it.
    for (let slot = (gap + 1) & mask; this.#values[slot] !== undefined; slot = (slot + 1) & mask) {
      const wanted = this.#homeOf(this.#keys[slot]!);
      if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
      this.#keys[gap] = this.#keys[slot]!;
      this.#values[gap] = this.#values[slot];
      gap = slot;
    }
    this.#values[gap] = undefined;
    const { length } = this.#keys;
    if (length > SMALLEST && this.#size < length * SPARSE) this.#resize(length / 2);
  }

  /** The slot of a key, or the free one that it would get. */
  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = this.#homeOf(key);
    while (this.#values[slot] !== undefined && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  /** The slot that a key asks for: numbers that follow each other are spread. */
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

/** Filled one by one: told its length, an engine may make a long list a slow one with holes. */
function freeSlots(length: number): undefined[] {
  const slots: undefined[] = [];
  for (let slot = 0; slot < length; slot++) slots.push(undefined);
  return slots;
}
