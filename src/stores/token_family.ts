/** What may have come of tokens that were rotated: the identifiers are known without asking, whether they were issued is not. */

/** The identifiers of a family; see {@link createTokenFamily}. */
export interface TokenFamily {
  /** Whether there are more than may be named: what {@link after} gives is not all then. */
  readonly isTooLarge: boolean;
  /**
   * Names what may come next of these tokens: the successors of each, and along its line, which is that of the first successors, as
   * many generations as are asked for. Each is named once.
   */
  after(jtis: readonly string[], generations: number): string[];
}

/**
 * Follows the successors of tokens.
 *
 * @param successorsOf the identifiers that the successors of a token have; none where tokens are not rotated
 * @param most how many are named: each takes an HMAC
 */
export function createTokenFamily(
  successorsOf: (jti: string) => readonly string[],
  most: number,
): TokenFamily {
  const followed = new Set<string>();
  let size = 0;

  function* lineOf(jti: string, generations: number): Iterable<string> {
    let next: string | undefined = jti;
    for (let count = 0; count < generations && size <= most; count++) {
      if (next === undefined || followed.has(next)) return;
      followed.add(next);
      const successors = successorsOf(next);
      size += successors.length;
      yield* successors;
      next = successors[0];
    }
  }

  return {
    get isTooLarge() {
      return size > most;
    },
    after: (jtis, generations) => jtis.flatMap((jti) => [...lineOf(jti, generations)]),
  };
}
