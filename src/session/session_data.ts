/**
 * The dictionary inside a session: what was stored, and what has been changed since. It knows its changes, so that a
 * save can lay them over the row as it is by then. The storage is in `session.ts`, the flags are in `session_dictionary.ts`.
 */

import { parseCheckedJson, requirePythonJson, stringifyPythonJson } from "../internal/python/json.ts";
import { SessionPayload } from "./payload.ts";

/** What a save has to do to the stored data. */
export interface SessionChanges {
  /** Whether nothing of the stored data is kept. */
  readonly isReplacement: boolean;
  /** Keys that were deleted, and perhaps set again, which then moves them to the end. */
  readonly removed: ReadonlySet<string>;
  /** JSON texts by key. */
  readonly changed: ReadonlyMap<string, string>;
}

/** Lays changes over the data of a row. */
export function applyChanges(stored: SessionPayload, changes: SessionChanges): SessionPayload {
  const steps: [string, string | null][] = [];
  for (const key of changes.removed) steps.push([key, null]);
  steps.push(...changes.changed);
  const base = changes.isReplacement ? SessionPayload.EMPTY : stored;
  return steps.length === 0 ? base : base.with(steps);
}

/** What a session and its dictionary share: the key, and the data once they are known. */
export interface SessionState {
  key: string | null;
  data: SessionData | null;
  /** The key under which it was stored here, where that was a new one. */
  newKey?: string | null;
}

/** A dictionary of Python values over the data it was read from. */
export class SessionData {
  #base: SessionPayload;
  #isReplacement: boolean;
  readonly #changed = new Map<string, string>();
  readonly #removed = new Set<string>();
  /** Objects and arrays that were handed out: their owner may change them in place. */
  readonly #handedOut = new Map<string, object>();

  /** @param isReplacement whether nothing of a stored row is to survive, as after `clear()` */
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

  /** The value, the same object each time until it is stored or set anew. */
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

  /** The JSON text of a value, with what was changed in place. */
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

  /** What happened since the data were read; a copy, so that later changes are not taken for saved ones. */
  changes(): SessionChanges {
    for (const key of [...this.#handedOut.keys()]) this.#notice(key);
    return {
      isReplacement: this.#isReplacement,
      removed: new Set(this.#removed),
      changed: new Map(this.#changed),
    };
  }

  /** Whether something happened since the data were read. */
  get hasChanges(): boolean {
    const { isReplacement, removed, changed } = this.changes();
    return isReplacement || removed.size > 0 || changed.size > 0;
  }

  /** The data as they are now. */
  payload(): SessionPayload {
    return applyChanges(this.#base, this.changes());
  }

  /** `changes` were stored, which made `stored`; what was changed after them is still to be saved. */
  rebase(stored: SessionPayload, changes: SessionChanges): void {
    for (const key of [...this.#handedOut.keys()]) {
      // Another request has changed it meanwhile: our copy must not undo that with the next save.
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

  /** Takes up what was changed inside an object that was handed out. */
  #notice(key: string): void {
    const value = this.#handedOut.get(key);
    if (value === undefined) return;
    const before = this.#textOf(key);
    const text = stringifyPythonJson(value, before);
    if (text !== before) this.#changed.set(key, text);
  }
}
