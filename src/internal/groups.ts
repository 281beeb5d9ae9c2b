/** Values by a key that several may share. Nearly every group has one member, which then needs no set. */

/** What groups are held by: a `Map`, or something smaller. */
export interface GroupMap<Key, Member extends object> {
  readonly size: number;
  get(key: Key): Member | Set<Member> | undefined;
  set(key: Key, group: Member | Set<Member>): unknown;
  delete(key: Key): unknown;
}

/** Groups of objects. */
export class Groups<Key, Member extends object> {
  readonly #groups: GroupMap<Key, Member>;

  /** @param groups holds them; a `Map` if not given */
  constructor(groups: GroupMap<Key, Member> = new Map()) {
    this.#groups = groups;
  }

  /** How many groups have members. */
  get size(): number {
    return this.#groups.size;
  }

  /** Puts one in. */
  add(key: Key, member: Member): void {
    const group = this.#groups.get(key);
    if (group instanceof Set) group.add(member);
    else this.#groups.set(key, group === undefined || group === member ? member : new Set([group, member]));
  }

  /** Takes one out; `false` where it was not in. */
  delete(key: Key, member: Member): boolean {
    const group = this.#groups.get(key);
    const wasIn = group instanceof Set ? group.delete(member) : group === member;
    if (wasIn && (group === member || (group as Set<Member>).size === 0)) this.#groups.delete(key);
    return wasIn;
  }

  /** Whether one is in. */
  has(key: Key, member: Member): boolean {
    const group = this.#groups.get(key);
    return group instanceof Set ? group.has(member) : group === member;
  }

  /** How many are in. */
  count(key: Key): number {
    const group = this.#groups.get(key);
    return group instanceof Set ? group.size : group === undefined ? 0 : 1;
  }

  /** The oldest member. */
  first(key: Key): Member | undefined {
    const group = this.#groups.get(key);
    return group instanceof Set ? group.values().next().value : group;
  }

  /** Who is in, as a list of its own: members may leave while it is gone through. */
  get(key: Key): Member[] {
    const group = this.#groups.get(key);
    if (group === undefined) return [];
    return group instanceof Set ? [...group] : [group];
  }
}
