/** What goes to the console, kept from it while a test looks at it. */

/** The words of `console.warn` while `work` went on. */
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
