/** Lists of the names of options, kept complete by the compiler. */

/**
 * Returns the names of all members of `T`. A member that is added to `T` and forgotten here does not compile, instead
 * of being refused as an unknown option.
 */
export function namesOf<T extends object>(all: Readonly<Record<keyof T & string, true>>): readonly string[] {
  return Object.keys(all);
}
