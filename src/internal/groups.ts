/** Objects grouped by key. Nearly every group has a single member, which is stored without a Set. */

/** The storage of the groups: a `Map`, or something smaller. */
export interface GroupMap<Key, Member extends object> {
  readonly size: number;
  get(key: Key): Member | Set<Member> | undefined;
  set(key: Key, group: Member | Set<Member>): unknown;
  delete(key: Key): unknown;
}

/** Objects grouped by key. */
export class Groups<Key, Member extends object> {
  readonly #groups: GroupMap<Key, Member>;

  /** @param groups the storage; a `Map` by default */
  constructor(groups: GroupMap<Key, Member> = new Map()) {
    this.#groups = groups;
  }

  /** The number of groups with members. */
  get size(): number {
    return this.#groups.size;
  }

  /** Adds a member. */
  add(key: Key, member: Member): void {
    const group = this.#groups.get(key);
    if (group instanceof Set) group.add(member);
    else this.#groups.set(key, group === undefined || group === member ? member : new Set([group, member]));
  }

  /** Removes a member; returns `false` if it was not there. */
  delete(key: Key, member: Member): boolean {
    const group = this.#groups.get(key);
    const wasIn = group instanceof Set ? group.delete(member) : group === member;
    if (wasIn && (group === member || (group as Set<Member>).size === 0)) this.#groups.delete(key);
    return wasIn;
  }

  /** Returns whether the group has this member. */
  has(key: Key, member: Member): boolean {
    const group = this.#groups.get(key);
    return group instanceof Set ? group.has(member) : group === member;
  }

  /** Returns the number of members of a group. */
  count(key: Key): number {
    const group = this.#groups.get(key);
    return group instanceof Set ? group.size : group === undefined ? 0 : 1;
  }

  /** Returns the oldest member. */
  first(key: Key): Member | undefined {
    const group = this.#groups.get(key);
    return group instanceof Set ? group.values().next().value : group;
  }

  /** Returns a copy of the members, since some may leave during iteration. */
  get(key: Key): Member[] {
    const group = this.#groups.get(key);
    if (group === undefined) return [];
    return group instanceof Set ? [...group] : [group];
  }
}
