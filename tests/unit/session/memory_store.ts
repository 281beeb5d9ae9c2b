/** An in-memory engine with a row lock, for testing the layers above the `SessionStore` interface. */

import { SessionError } from "../../../src/errors.ts";
import type { SessionChange, SessionStore, SessionWrite, StoredSession } from "../../../src/session/store.ts";

/** Rows by key, and a log of the operations. */
export class MemoryStore implements SessionStore {
  readonly rows = new Map<string, StoredSession>();
  /** The operations in order. */
  readonly log: string[] = [];
  /** How many of the next creations fail because the key is taken. */
  collisions = 0;
  #locked: Promise<unknown> = Promise.resolve();

  /** The data of a key as text. */
  text(sessionKey: string): string | undefined {
    return this.rows.get(sessionKey)?.payload.text;
  }

  load(sessionKey: string): Promise<StoredSession | null> {
    this.log.push("load");
    return Promise.resolve(this.rows.get(sessionKey) ?? null);
  }

  create(sessionKey: string, write: SessionWrite): Promise<boolean> {
    this.log.push("create");
    if (this.rows.has(sessionKey) || this.collisions-- > 0) return Promise.resolve(false);
    this.rows.set(sessionKey, write);
    return Promise.resolve(true);
  }

  update(
    sessionKey: string,
    change: SessionChange,
  ): Promise<boolean> {
    this.log.push("update");
    const turn = this.#locked.then(async () => {
      const row = this.rows.get(sessionKey);
      if (row === undefined) return false;
      const write = await change(row.payload, row.expireDate);
      this.rows.set(sessionKey, write);
      return true;
    });
    this.#locked = turn.catch(() => {});
    return turn;
  }

  async replace(oldKey: string, newKey: string, change: SessionChange): Promise<boolean> {
    this.log.push("replace");
    const row = this.rows.get(oldKey);
    if (row === undefined) return false;
    const write = await change(row.payload, row.expireDate);
    if (this.rows.has(newKey) || this.collisions-- > 0) throw new SessionError("session_exists", "taken");
    this.rows.set(newKey, write);
    this.rows.delete(oldKey);
    return true;
  }

  delete(sessionKey: string): Promise<void> {
    this.log.push("delete");
    this.rows.delete(sessionKey);
    return Promise.resolve();
  }

  take(sessionKey: string): Promise<StoredSession | null> {
    this.log.push("take");
    const row = this.rows.get(sessionKey) ?? null;
    this.rows.delete(sessionKey);
    return Promise.resolve(row);
  }

  clearExpired(): Promise<void> {
    return Promise.resolve();
  }
}
