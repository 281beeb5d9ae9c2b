/** Values by a key that several may share. Nearly every group has one member, which then needs no set. */

/** Groups of objects. */
export class Groups<Key, Member extends object> {
  readonly #groups: Map<Key, Member | Set<Member>> = new Map();

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

  /** Takes one out. */
  delete(key: Key, member: Member): void {
    const group = this.#groups.get(key);
    if (group === member) this.#groups.delete(key);
    if (!(group instanceof Set)) return;
    group.delete(member);
    if (group.size === 0) this.#groups.delete(key);
  }

  /** How many are in. */
  count(key: Key): number {
    const group = this.#groups.get(key);
    return group instanceof Set ? group.size : group === undefined ? 0 : 1;
  }

  /** Who of those that are in came first. */
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
