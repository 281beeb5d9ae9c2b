/** Groups of sockets by user. */

import { NumberMap } from "../../internal/number_map.ts";
import type { UserId } from "../../users/user_table.ts";
import type { GroupMap } from "../../internal/groups.ts";

/** A user's primary key, as a number wherever possible, to save memory. `null` stands for anonymous visitors. */
export type UserKey = number | string | null;

/** Returns the key of a user; the id in any form. */
export function userKey(id: UserId | null): UserKey {
  if (id === null || typeof id === "number") return id;
  const text = String(id);
  const number = Number(text);
  return Number.isSafeInteger(number) && String(number) === text ? number : text;
}

/** A map from users to groups. */
export class UserMap<Member extends object> implements GroupMap<UserKey, Member> {
  readonly #numbers: NumberMap<Member | Set<Member>> = new NumberMap();
  readonly #others: Map<string | null, Member | Set<Member>> = new Map();

  /** How many groups there are. */
  get size(): number {
    return this.#numbers.size + this.#others.size;
  }

  /** Returns the group of a user. */
  get(key: UserKey): Member | Set<Member> | undefined {
    return typeof key === "number" ? this.#numbers.get(key) : this.#others.get(key);
  }

  /** Sets the group of a user. */
  set(key: UserKey, group: Member | Set<Member>): void {
    if (typeof key === "number") this.#numbers.set(key, group);
    else this.#others.set(key, group);
  }

  /** Removes the group of a user. */
  delete(key: UserKey): void {
    if (typeof key === "number") this.#numbers.delete(key);
    else this.#others.delete(key);
  }

  /** Returns the members of all groups, as a new array. */
  members(): Member[] {
    const members: Member[] = [];
    for (const groups of [this.#numbers.values(), this.#others.values()]) {
      for (const group of groups) {
        if (!(group instanceof Set)) members.push(group);
        else for (const member of group) members.push(member);
      }
    }
    return members;
  }
}
