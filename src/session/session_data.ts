/**
 * The dictionary inside a session: the stored data and the changes since. It tracks its changes, so that a save can
 * apply them to the current row. The storage is in `session.ts`, the flags are in `session_dictionary.ts`.
 */

import { parseCheckedJson, requirePythonJson, stringifyPythonJson } from "../internal/python/json.ts";
import { SessionPayload } from "./payload.ts";

/** The changes that a save applies to the stored data. */
export interface SessionChanges {
  /** Whether all stored data are discarded first. */
  readonly isReplacement: boolean;
  /** Keys that were deleted, and perhaps set again, which moves them to the end. */
  readonly removed: ReadonlySet<string>;
  /** New JSON text by key. */
  readonly changed: ReadonlyMap<string, string>;
}

/** Applies changes to the data of a row. */
export function applyChanges(stored: SessionPayload, changes: SessionChanges): SessionPayload {
  const steps: [string, string | null][] = [];
  for (const key of changes.removed) steps.push([key, null]);
  steps.push(...changes.changed);
  const base = changes.isReplacement ? SessionPayload.EMPTY : stored;
  return steps.length === 0 ? base : base.with(steps);
}

/** The state shared by a session and its dictionary: the key, and the data once loaded. */
export interface SessionState {
  key: string | null;
  data: SessionData | null;
  /** The new key under which it was stored by this object, if any. */
  newKey?: string | null;
  /** The expiry that was last written by this object, in milliseconds since the epoch. */
  storedUntil?: number;
}

/** A dictionary of Python values on top of the data it was read from. */
export class SessionData {
  #base: SessionPayload;
  #isReplacement: boolean;
  readonly #changed = new Map<string, string>();
  readonly #removed = new Set<string>();
  /** Objects and arrays that were returned: callers may change them in place. */
  readonly #handedOut = new Map<string, object>();

  /** @param isReplacement whether all stored data are discarded, as after `clear()` */
  constructor(base: SessionPayload = SessionPayload.EMPTY, isReplacement: boolean = false) {
    this.#base = base;
    this.#isReplacement = isReplacement;
  }

  has(key: string): boolean {
    return this.#changed.has(key) || (this.#base.has(key) && !this.#removed.has(key));
  }

  keys(): string[] {
    const kept = [...this.#base.keys()].filter((key) => !this.#removed.has(key));
    const added = [...this.#changed.keys()].filter((key) => !this.#base.has(key) || this.#removed.has(key));
    return [...kept, ...added];
  }

  get isEmpty(): boolean {
    return this.#changed.size === 0 && this.#base.size === this.#removed.size;
  }

  /** Returns a value, the same object each time until it is stored or set again. */
  get(key: string): unknown {
    const text = this.#textOf(key);
    if (text === undefined) return undefined;
    const known = this.#handedOut.get(key);
    if (known !== undefined) return known;
    const value = parseCheckedJson(text);
    this.#handOut(key, value);
    return value;
  }

  set(key: string, value: unknown): void {
    this.#changed.set(key, stringifyPythonJson(value, this.text(key)));
    this.#handOut(key, value);
  }

  /** Returns the JSON text of a value, with changes made in place. */
  text(key: string): string | undefined {
    this.#notice(key);
    return this.#textOf(key);
  }

  setText(key: string, text: string): void {
    this.#changed.set(key, requirePythonJson(text));
    this.#handedOut.delete(key);
  }

  delete(key: string): boolean {
    if (!this.has(key)) return false;
    this.#changed.delete(key);
    this.#handedOut.delete(key);
    if (this.#base.has(key)) this.#removed.add(key);
    return true;
  }

  /** Returns the changes since the data were read; a copy, so that later changes do not count as saved. */
  changes(): SessionChanges {
    for (const key of [...this.#handedOut.keys()]) this.#notice(key);
    return {
      isReplacement: this.#isReplacement,
      removed: new Set(this.#removed),
      changed: new Map(this.#changed),
    };
  }

  /** Whether something was changed since the data were read. */
  get hasChanges(): boolean {
    const { isReplacement, removed, changed } = this.changes();
    return isReplacement || removed.size > 0 || changed.size > 0;
  }

  /** Returns the current data. */
  payload(): SessionPayload {
    return applyChanges(this.#base, this.changes());
  }

  /** Continues from `stored`, the result of saving `changes`; later changes remain to be saved. */
  rebase(stored: SessionPayload, changes: SessionChanges): void {
    for (const key of [...this.#handedOut.keys()]) {
      // Changed by another request in the meantime: our copy must not undo that with the next save.
      if (stored.raw(key) !== this.#textOf(key)) this.#handedOut.delete(key);
    }
    for (const [key, text] of changes.changed) {
      if (this.#changed.get(key) === text) this.#changed.delete(key);
    }
    for (const key of [...this.#removed]) {
      if (changes.removed.has(key) || !stored.has(key)) this.#removed.delete(key);
    }
    this.#base = stored;
    this.#isReplacement = false;
  }

  #textOf(key: string): string | undefined {
    const changed = this.#changed.get(key);
    if (changed !== undefined) return changed;
    return this.#removed.has(key) ? undefined : this.#base.raw(key);
  }

  #handOut(key: string, value: unknown): void {
    if (typeof value === "object" && value !== null) this.#handedOut.set(key, value);
    else this.#handedOut.delete(key);
  }

  /** Records changes made in place inside a returned object. */
  #notice(key: string): void {
    const value = this.#handedOut.get(key);
    if (value === undefined) return;
    const before = this.#textOf(key);
    const text = stringifyPythonJson(value, before);
    if (text !== before) this.#changed.set(key, text);
  }
}
