/** The possible descendants of rotated tokens: their identifiers can be computed, whether they were issued cannot. */

/** The identifiers of a family of tokens; see {@link createTokenFamily}. */
export interface TokenFamily {
  /** Whether the limit was exceeded, so that `after()` did not return all identifiers. */
  readonly isTooLarge: boolean;
  /**
   * Returns the possible successors of these tokens, and of as many generations of first successors as requested. Each
   * identifier is returned once.
   */
  after(jtis: readonly string[], generations: number): string[];
}

/**
 * Creates a family without members.
 *
 * @param successorsOf computes the identifiers that a token's successors have; none if tokens are not rotated
 * @param most how many identifiers are computed: each takes an HMAC
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
