/** What the tests of users share: ports that keep one user in memory. */

import type { UserPasswords, UserRecord, UserStore } from "../../../src/users/store.ts";

/** Passwords that are "hashed" in the clear: `stale$x` is the old hash of `x`, `fresh$x` the new one. */
export const NO_PASSWORDS: UserPasswords = {
  makePassword: (password) => Promise.resolve(password === null ? "!" : `fresh$${password}`),
  verifyPassword(password, encoded) {
    const isCorrect = encoded === `stale$${password}` || encoded === `fresh$${password}`;
    return Promise.resolve({ isCorrect, mustUpdate: isCorrect && encoded.startsWith("stale$") });
  },
  isPasswordUsable: (encoded) => !encoded.startsWith("!"),
};

/** A store of one row, with a note of every write. */
export interface MemoryRow<Row extends object> extends Pick<UserStore<Row>, "update"> {
  /** The row as it is stored; `null` when it was deleted. */
  record: UserRecord<Row> | null;
  /** What was written, in order. */
  readonly writes: object[];
}

/** A store that holds one user. */
export function memoryRow<Row extends object>(record: UserRecord<Row>): MemoryRow<Row> {
  const memory: MemoryRow<Row> = {
    record,
    writes: [],
    update(_id, { password, ...values }, onlyIf) {
      const stored = memory.record;
      if (stored === null || (onlyIf !== undefined && onlyIf.password !== stored.password)) {
        return Promise.resolve(false);
      }
      memory.writes.push(password === undefined ? values : { ...values, password });
      memory.record = { row: { ...stored.row, ...values }, password: password ?? stored.password };
      return Promise.resolve(true);
    },
  };
  return memory;
}
