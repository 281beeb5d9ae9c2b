/** A hash with less work than configured is replaced, where the role may write it. Never necessary: it never fails a login. */

import { DjauthError } from "../errors.ts";
import type { Timers } from "../internal/time/timers.ts";
import type { UserPasswords, UserStore } from "./store.ts";
import type { UserId } from "./user_table.ts";
import { WriteRight } from "./write_right.ts";

/** What {@link createRehash} needs. */
export interface RehashServices {
  /** Where users are written to. */
  readonly store: Pick<UserStore<Record<string, unknown>>, "update">;
  /** Who hashes. */
  readonly passwords: Pick<UserPasswords, "makePassword">;
  /** The runtime's if not given. */
  readonly timers?: Timers | undefined;
}

/** Answers the new hash, or `null` where the old one stays. */
export type Rehash = (id: UserId, password: string, encoded: string) => Promise<string | null>;

/** What no hasher ever writes, so that a condition on it never holds. */
const NO_HASH = "no hash";

/** Makes the function for one table of users; whether the role may write it is asked once. */
export function createRehash({ store, passwords, timers }: RehashServices): Rehash {
  const right = new WriteRight(timers);
  let hasAsked = false;

  /** Asked with a statement that changes no row: hashing is hard work, which would be for nothing. */
  async function askRights(id: UserId, encoded: string): Promise<void> {
    await store.update(id, { password: encoded }, { password: NO_HASH });
    hasAsked = true;
  }

  return async (id, password, encoded) => {
    if (right.isDenied) return null;
    try {
      if (!hasAsked) await askRights(id, encoded);
      const upgraded = await passwords.makePassword(password);
      // Never undoes a password that was changed meanwhile: then nothing is written.
      return await store.update(id, { password: upgraded }, { password: encoded }) ? upgraded : null;
    } catch (error) {
      if (!(error instanceof DjauthError)) throw error;
      // Authenticating needs no right to write; the old hash goes on serving.
      if (right.isDenial(error)) hasAsked = false;
      // The password was right: that others wait to be hashed is no reason to refuse it.
      else if (error.code !== "server_busy") throw error;
      return null;
    }
  };
}
