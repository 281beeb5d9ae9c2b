/** Captures console output for tests. */

/** The arguments of each call of `console.warn` while `work` runs. */
export async function warningsOf(work: () => Promise<void>): Promise<unknown[][]> {
  const said: unknown[][] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => void said.push(words);
  try {
    await work();
  } finally {
    console.warn = warn;
  }
  return said;
}
