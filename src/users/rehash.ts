/**
 * Replaces hashes that have less work than configured, if the role may write them. Optional: it never fails a login.
 */

import { DjauthError } from "../errors.ts";
import type { Timers } from "../internal/time/timers.ts";
import type { UserPasswords, UserStore } from "./store.ts";
import type { UserId } from "./user_table.ts";
import { WriteRight } from "./write_right.ts";

/** The dependencies of {@link createRehash}. */
export interface RehashServices {
  /** Writes users. */
  readonly store: Pick<UserStore<Record<string, unknown>>, "update">;
  /** Hashes passwords. */
  readonly passwords: Pick<UserPasswords, "makePassword">;
  /** The timers; the runtime's if not given. */
  readonly timers?: Timers | undefined;
}

/** Returns the new hash, or `null` if the old one is kept. */
export type Rehash = (id: UserId, password: string, encoded: string) => Promise<string | null>;

/** No hasher writes this, so a condition on it never holds. */
const NO_HASH = "no hash";

/** Creates the function for one user table; whether the role may write it is checked once. */
export function createRehash({ store, passwords, timers }: RehashServices): Rehash {
  const right = new WriteRight(timers);
  let isChecked = false;

  /** Tries a statement that changes no row: hashing is expensive, and would be wasted if the write is denied. */
  async function checkRight(id: UserId, encoded: string): Promise<void> {
    await store.update(id, { password: encoded }, { password: NO_HASH });
    isChecked = true;
  }

  return async (id, password, encoded) => {
    if (right.isDenied) return null;
    try {
      if (!isChecked) await checkRight(id, encoded);
      const upgraded = await passwords.makePassword(password);
      // Conditional: never overwrites a password that was changed in the meantime.
      return await store.update(id, { password: upgraded }, { password: encoded }) ? upgraded : null;
    } catch (error) {
      if (!(error instanceof DjauthError)) throw error;
      // Authentication needs no right to write; the old hash remains valid.
      if (right.noteDenial(error)) isChecked = false;
      // The password was correct: a full queue is not a reason to refuse it.
      else if (error.code !== "server_busy") throw error;
      return null;
    }
  };
}
