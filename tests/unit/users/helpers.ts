/** Shared by the tests of users: in-memory stores with a single user. */

import type { UserPasswords, UserRecord, UserStore } from "../../../src/users/store.ts";

/** Passwords "hashed" in plain text: `stale$x` is the old hash of `x`, `fresh$x` the new one. */
export const NO_PASSWORDS: UserPasswords = {
  makePassword: (password) => Promise.resolve(password === null ? "!" : `fresh$${password}`),
  verifyPassword(password, encoded) {
    const isCorrect = encoded === `stale$${password}` || encoded === `fresh$${password}`;
    return Promise.resolve({ isCorrect, mustUpdate: isCorrect && encoded.startsWith("stale$") });
  },
  isPasswordUsable: (encoded) => !encoded.startsWith("!"),
};

/** A store with a single row that records every write. */
export interface MemoryRow<Row extends object> extends Pick<UserStore<Row>, "update"> {
  /** The stored row; `null` when it was deleted. */
  record: UserRecord<Row> | null;
  /** The written values, in order. */
  readonly writes: object[];
}

/** A store with this user. */
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
